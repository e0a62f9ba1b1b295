"""What of a statement went back to farming households: counts and sums by place and kind, no person.

A cooperative enters it, the office of its region attests it, and from then on it stays.
"""
