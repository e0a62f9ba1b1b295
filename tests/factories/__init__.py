"""Plain functions that make rows for tests, one module a capability."""
