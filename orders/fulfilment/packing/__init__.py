"""Owns what a packer prints: pick lists and labels, over the API and at the desk."""
