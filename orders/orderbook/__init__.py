"""Owns how orders are shown: to buyer, seller and overseer, with what each may do now. Changes nothing."""
