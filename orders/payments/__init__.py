"""Payment attempts, the inbox of provider events, and refunds; not the trade that they pay for."""
