"""The durable record of a session."""
