"""Owns the platform's decision of cases that buyer and cooperative cannot settle. Binding, audited."""
