"""The poller: visits feeds politely, reads what they serve and says which entries are new."""
