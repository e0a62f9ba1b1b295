"""The cooperative's desk for invoices: what is to be issued, what is to be reversed, what is late."""
