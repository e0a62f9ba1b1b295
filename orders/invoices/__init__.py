"""Invoices (发票): asked for by the buyer, issued by the cooperative that sold, reversed by red ones.

The cooperative is the seller and answers to the tax office; the market issues nothing. It keeps the
requests true to what was paid and not refunded, the files that were issued, and which line stands on
which invoice.
"""
