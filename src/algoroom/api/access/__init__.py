"""Who may do what, on the wire: deeds of routes, tokens, people, invites, the hosts' notes."""
