"""What is kept of one person: found, exported, erased."""
