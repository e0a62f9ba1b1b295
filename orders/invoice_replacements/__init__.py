"""换开: a buyer asks for an issued invoice to be made out anew, and the seller agrees or not.

Agreeing makes the whole invoice due for reversal; once the red one is on file the new request stands by
itself, with the title and type that the buyer asked for.
"""
