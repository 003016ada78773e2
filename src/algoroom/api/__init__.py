"""The API of the server: both contracts, their sockets, and what all answers have in common."""
