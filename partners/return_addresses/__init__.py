"""Owns where a cooperative has goods sent back to."""
