"""Outputs: followers of the topic `news` that write each event once, to PostgreSQL, Parquet or JSON Lines."""
