"""The sync socket: rooms for clients that have the shared document themselves (Yjs)."""
