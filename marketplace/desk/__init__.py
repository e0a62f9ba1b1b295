"""The first page of those who work here: what waits for them, place by place."""
