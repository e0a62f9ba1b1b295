"""Tests of sign-in by WeChat."""
