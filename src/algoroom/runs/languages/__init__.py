"""Languages: one TOML file each says how source becomes a running program."""
