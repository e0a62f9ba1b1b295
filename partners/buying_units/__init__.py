"""Units that buy (public bodies, schools, unions, companies) and what they file of their canteens."""
