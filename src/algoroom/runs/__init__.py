"""Runs: programs in, outcomes out. Knows languages and sandboxes, nothing of rooms or HTTP."""
