"""Tests of money of no sale."""
