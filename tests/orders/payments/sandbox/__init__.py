"""Tests of the sandbox provider."""
