"""Several statements' payouts released at once: each by itself, with a word on every one."""
