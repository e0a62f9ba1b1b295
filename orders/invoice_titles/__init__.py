"""Invoice titles (抬头): to whom invoices are made out, in a book per account and per buying unit.

A request for an invoice takes a copy; what was issued never changes with the book.
"""
