"""Tests of marketplace.audit_trail."""
