"""What the people in a session are to do, on the wire."""
