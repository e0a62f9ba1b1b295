"""What is told to whom of orders, cases, purchases, statements and products.

Not here: how it reaches them, and what they chose (``marketplace/notices``).
"""
