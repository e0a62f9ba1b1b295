"""Tests of paying by bank transfer."""
