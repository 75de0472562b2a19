"""dateline: streaming news ingestion."""
