"""What an article says, in which language, and whose report it is: pure functions around one loop."""
