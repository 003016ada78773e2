"""Control groups: what all processes of one sandbox may use together, counted by the kernel."""
