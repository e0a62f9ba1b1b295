"""What the bank says came in and went out, and which two officers said what a receipt is for."""
