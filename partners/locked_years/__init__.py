"""Who closes a region's year, in pages and over the API; what locking does stands in credits."""
