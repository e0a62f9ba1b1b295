"""What the bank or a provider moved by itself, booked as what two officers say it is; receipts are bank_entries'."""
