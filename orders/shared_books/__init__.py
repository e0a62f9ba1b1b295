"""Books: rows of which a person has several, or the clerks of a buying unit together, one the default.

Owns what holds of every such book: who may open it, its bound, its default, its trail. What a row
says is the affair of the capability that owns its table: the address book, the invoice titles.
"""
