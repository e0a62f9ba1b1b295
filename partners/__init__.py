"""Who takes part: regions, pairings, offices, cooperatives, units, and the quota that sales earn them."""
