"""Owns requisitions: what a unit's clerk wants to buy and a second person of the unit approves first."""
