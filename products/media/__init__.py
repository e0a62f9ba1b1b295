"""Photos of products: checked, made again without their metadata, stored under their own digest."""
