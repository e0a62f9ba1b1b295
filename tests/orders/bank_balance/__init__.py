"""Tests of the bank account's balance."""
