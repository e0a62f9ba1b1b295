"""What is sold: the catalogue, its certificates, photos and stock."""
