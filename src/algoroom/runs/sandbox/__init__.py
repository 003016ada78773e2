"""The sandbox: where a program runs, and from where it reaches nothing outside.

One module for each concern: `bubblewrap` (namespaces), `mounts` (what is visible), `seccomp`
(system calls), `cgroups` (memory, processes, processor), `identity` (whose processes they are),
`init` (the first process inside), `capture` (pipes), `execution` (one run of all of that).
"""
