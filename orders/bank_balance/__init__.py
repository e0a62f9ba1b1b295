"""The bank account's balance, by the bank and by the books (银行存款余额调节表), and the opening balance behind it."""
