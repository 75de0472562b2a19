"""Which articles carry the same text, and what subscribers get: a pure fold around one loop."""
