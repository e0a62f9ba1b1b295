"""Shows the audit trail to auditors; writing it is `marketplace.audit`."""
