"""Places and occasions where goods are sold or shown: pavilions, counters, zones, live streams, fairs."""
