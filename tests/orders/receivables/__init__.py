"""Tests of paying later."""
