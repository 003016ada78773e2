"""What runs inside a sandbox, by whatever Python is there; nothing here imports anything of ours.

These files are handed to sandboxes as data. The server never imports them.
"""
