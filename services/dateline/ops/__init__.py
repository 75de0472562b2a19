"""What operators see: logs now, health and metrics as they come to exist."""
