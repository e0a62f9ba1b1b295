"""Quotas: the target of a subject for a year under a scheme, with its dated revisions.

Not here: what has been done towards it (``credits``, ``reports``).
"""
