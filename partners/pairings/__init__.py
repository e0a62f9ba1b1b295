"""Which eastern region is paired with which western one, in what relation and when; not what was sold."""
