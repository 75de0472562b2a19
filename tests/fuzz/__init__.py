"""Feeds broken at random: whatever comes of one is a result or NotAFeed, within seconds, and what is found stays a test."""
