"""The coordination offices (对口办) of provinces, cities and counties: a tree that follows the regions."""
