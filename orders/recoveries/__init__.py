"""Owns recoveries: an account whose number is lost, asked for by its owner, given by an officer, in time."""
