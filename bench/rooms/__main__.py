"""How rooms do: through real servers, ours and others in turn, with the same clients.

    python -m bench.rooms [--rows NAME ...] [--peers NAME ...] [--trace FILE] [--quick]

Writes the section on rooms of docs/performance.md (with --rows, --peers or --quick, what it would
write goes to the terminal). Every ratio is of two things measured in turn.
"""

import argparse
import logging
import signal
import sys
from pathlib import Path

from bench import machine, page
from bench.rooms import durability, edits, growth, join, memory, servers, traces, typed
from bench.rooms.measuring import Place, temporary
from bench.rooms.player import compiled

TYPED_LENGTH, QUICK_LENGTH = 20_000, 500
SECTIONS = {
    "edits": edits.rows,
    "join": join.rows,
    "memory": memory.rows,
    "durability": durability.rows,
    "growth": growth.rows,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.rooms", description=__doc__)
    parser.add_argument("--rows", nargs="+", choices=list(SECTIONS), help="only these")
    parser.add_argument("--peers", nargs="*", choices=list(servers.PEERS), help="only these")
    parser.add_argument("--trace", type=Path, help="what is typed (an editing trace)")
    parser.add_argument("--quick", action="store_true", help="a few rounds, to see that it works")
    arguments = parser.parse_args()
    # So that the servers that were started end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    length = QUICK_LENGTH if arguments.quick else TYPED_LENGTH
    trace = traces.read(arguments.trace) if arguments.trace else typed.typed(1, length)
    names = list(servers.PEERS) if arguments.peers is None else arguments.peers
    chosen = {servers.OURS: servers.ours, **{name: servers.PEERS[name] for name in names}}
    content = machine.description()
    with temporary() as folder:
        place = Place(compiled(Path(folder)), Path(folder))
        for name in arguments.rows or list(SECTIONS):
            content += SECTIONS[name](chosen, trace, place, quick=arguments.quick)
    if arguments.rows or arguments.quick or arguments.peers is not None:
        sys.stdout.write(content)
    else:
        page.write("rooms", content)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
