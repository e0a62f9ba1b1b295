"""Tests of cooperatives."""
