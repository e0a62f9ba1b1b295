"""A payment provider for development and tests: an outside party that owns its own schema."""
