"""Streaming news ingestion: each article once, with whose report it is and the words that prove it."""

__version__ = "0.1.0"
