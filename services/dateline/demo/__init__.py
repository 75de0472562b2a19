"""The demo: a local newsroom of invented publishers, and the screen that shows what becomes of their stories."""
