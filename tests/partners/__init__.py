"""Tests of the partners: regions, pairings, offices, cooperatives, buying units, outlets."""
