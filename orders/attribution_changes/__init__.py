"""Changing for whom a paid order counts: the buyer applies, the office that would lose it decides.

How a sale is judged anew stands in credits; how an attribution is chosen, in checkout.
"""
