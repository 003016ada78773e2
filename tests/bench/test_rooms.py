"""The tools that measure rooms find each edit wherever it arrives; nothing is timed."""

import contextlib
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.page import PAGE
from bench.rooms import edits, join, loads, measuring, tables, traces, typed, wire
from bench.rooms.durability import sqlite_commits
from bench.rooms.editor import Editor
from bench.rooms.loads import Load
from bench.rooms.measuring import Measured, Place, measure
from bench.rooms.member import entered
from bench.rooms.plan import Address, Plan
from bench.rooms.player import Player, compiled
from bench.rooms.process import memory_bytes, processor_s
from bench.rooms.replay import ReplayFailed, replay, versions
from bench.rooms.servers import OURS, Ours, Start, ours
from bench.rooms.traces import Trace, Transaction
from bench.rooms.wire import Kind, Mark

TYPED = typed.typed(seed=1, length=300)


@pytest.fixture(scope="module")
def server() -> Iterator[Ours]:
    with ours(None) as started:
        yield started


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("player")
    return Place(compiled(folder), folder)


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 2**32 - 1, 2**53])
def test_numbers_come_back(value: int) -> None:
    assert wire.read_number(b"x" + wire.number(value), 1) == (value, 1 + len(wire.number(value)))


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_a_frame_ends_with_its_message(length: int) -> None:
    message = b"m" * length
    head = wire.frame(message).removesuffix(message)
    assert len(head) == (6 if length < 126 else 8 if length < 65_536 else 14)
    assert head.endswith(bytes(4))


def test_an_insertion_is_known_by_its_last_unit_and_a_deletion_by_its_first() -> None:
    editor = Editor(7)
    inserted = editor.change([(0, 0, "añ😀")])
    assert inserted is not None
    # Two units of UTF-16 for the last of them.
    assert wire.mark_of(inserted, 7, editor.clock) == Mark(Kind.INSERTED, 7, 3)
    deleted = editor.change([(1, 1, "")])
    assert deleted is not None
    assert wire.mark_of(deleted, 7, editor.clock) == Mark(Kind.DELETED, 7, 1)
    assert editor.change([(0, 0, "")]) is None


def test_an_editor_changes_by_code_points() -> None:
    editor, other = Editor(1), Editor(2)
    editor.change([(0, 0, "a😀é"), (2, 1, "e")])
    other.receive(editor.missing(other.state))
    assert other.content == editor.content == "a😀e"


def test_a_trace_is_read_packed_or_not(tmp_path: Path) -> None:
    content = {
        "endContent": "ab",
        "numAgents": 2,
        "txns": [
            {"agent": 0, "parents": [], "patches": [[0, 0, "a"]]},
            {"agent": 1, "parents": [0], "patches": [[1, 0, "b"]]},
        ],
    }
    for name, data in (("t.json", json.dumps(content).encode()), ("u.json.gz", b"")):
        (tmp_path / name).write_bytes(data or gzip.compress(json.dumps(content).encode()))
    assert [path.name for path in traces.find(tmp_path)] == ["t.json", "u.json.gz"]
    for name in ("t", "u"):
        edits_of_it = (Transaction(0, (), ((0, 0, "a"),)), Transaction(1, (0,), ((1, 0, "b"),)))
        found = next(path for path in traces.find(tmp_path) if path.name.startswith(name))
        assert traces.read(found) == Trace(name, "", "ab", edits_of_it, 2)


def test_what_is_no_trace_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text("[]")
    with pytest.raises(ValueError, match="holds no trace"):
        traces.read(tmp_path / "t.json")


def test_a_typed_trace_is_the_same_each_time_and_has_concurrent_edits() -> None:
    trace = typed.typed(3, 100, authors=2)
    assert trace == typed.typed(3, 100, authors=2)
    assert {len(edit.parents) for edit in trace.transactions} >= {1, 2}


def test_versions_say_what_each_edit_builds_upon() -> None:
    edits_of_it = tuple(
        Transaction(author, parents, ()) for author, parents in [(0, ()), (1, ()), (0, (0, 1))]
    )
    assert list(versions(Trace("t", "", "", edits_of_it, 2))) == [(0, 0), (0, 0), (1, 1)]
    forgetful = Trace("t", "", "", (*edits_of_it, Transaction(1, (0,), ())), 2)
    with pytest.raises(ValueError, match="leaves out one of its own author"):
        list(versions(forgetful))


def test_a_plan_expects_each_edit_at_every_other_client_of_its_room() -> None:
    addresses = [Address("/a"), Address("/b")]
    load = Load(rooms=2, clients=3, edits_a_second=10, seconds=1, writers=1, cursors=True)
    written = loads.write(load, addresses, TYPED)
    assert (written.plan.clients, written.plan.edits, written.plan.expected) == (6, 20, 40)


@pytest.mark.parametrize(
    "load",
    [
        Load(rooms=1, clients=5, edits_a_second=100, seconds=0.5),
        Load(rooms=3, clients=2, edits_a_second=40, seconds=0.5),
        Load(rooms=1, clients=8, edits_a_second=20, seconds=0.5, writers=1, cursors=True),
    ],
    ids=str,
)
def test_every_edit_is_found_at_everybody_else(server: Ours, place: Place, load: Load) -> None:
    measured = measure(server, load, TYPED, place)
    assert measured.is_complete
    assert measured.edits == load.rooms * load.edits_a_second * load.seconds
    assert measured.expected == measured.edits * (load.clients - 1)
    assert measured.p50_ms > 0
    assert measured.saved_p50_ms > 0
    assert (measured.cursors_p99_ms > 0) == load.cursors


def test_an_edit_that_never_comes_is_missed(server: Ours, place: Place) -> None:
    plan = Plan(drain_s=0.1)
    address = server.room("missed")
    writer, _ = plan.connect(address), plan.connect(address)
    change = Editor(1).change([(0, 0, "x")])
    assert change is not None
    plan.edit(0, writer, change, Mark(Kind.INSERTED, 1, 0))
    plan.edit(0, writer, change, Mark(Kind.INSERTED, 2, 0))
    with Player(place.player, plan, server.port, place.folder, None) as player:
        player.play()
        result = player.result()
    assert (result.expected, result.delivered, result.is_complete) == (2, 1, False)


def test_the_sections_have_figures_and_verdicts(server: Ours, place: Place) -> None:
    starts: dict[str, Start] = {
        name: lambda _core: contextlib.nullcontext(server) for name in (OURS, "itself")
    }
    text = edits.rows(starts, TYPED, place, quick=True)
    assert text.count("| all |") == 2 * (len(edits.QUICK.edits) + 1)
    assert "p99 from edit to peer" in text
    text = join.rows(starts, TYPED, place, quick=True)
    assert "join: processor time" in text
    assert join.COLD in text


def test_only_who_delivered_everything_is_compared() -> None:
    sound = Measured(1, 1, 1, 0.1, 1, 2, 0, 0, 0, 0)
    lossy = Measured(1, 2, 1, 0.01, 1, 1, 0, 0, 0, 0)
    load = Load(1, 2, 1, 1)
    judged = edits.aims(load, {OURS: [sound], "sound": [sound], "lossy": [lossy]})
    assert [verdict.against for verdict in judged] == ["sound", "sound"]
    assert edits.aims(load, {OURS: [lossy], "sound": [sound]}) == []
    assert edits.aims(load, {OURS: [], "sound": [sound]}) == []


def test_a_table_has_a_head_and_lines() -> None:
    assert tables.table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"


def test_processor_time_and_memory_include_children() -> None:
    burning = "sum(range(6_000_000))"
    program = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burning!r}]); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", f"print(flush=True); {program}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        started_s = processor_s(process.pid)
        while processor_s(process.pid) <= started_s:
            assert process.poll() is None
        assert memory_bytes(process.pid) > 1_000_000
        process.communicate(b"\n")


def test_commits_are_counted(tmp_path: Path) -> None:
    commits = sqlite_commits(tmp_path / "commits.db", 5)
    assert 0 < commits.p50_ms <= commits.p99_ms
    assert commits.rate > 0


def given_traces() -> list[Path]:
    """Recorded ones, where EDITING_TRACES names their folder."""
    folder = os.environ.get("EDITING_TRACES")
    return traces.find(Path(folder)) if folder else []


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "trace",
    [
        *(typed.typed(seed, 300, authors) for seed in range(2) for authors in (1, 2)),
        *map(traces.read, given_traces()),
    ],
    ids=lambda trace: f"{trace.name}, {trace.authors}",
)
async def test_a_trace_typed_through_sockets_ends_as_it_should(server: Ours, trace: Trace) -> None:
    address = server.room(trace.name)
    await replay(trace, address, server.port)
    async with entered(3, address, server.port) as reader:
        assert reader.editor.content == trace.end


async def test_a_trace_that_ends_otherwise_fails(
    server: Ours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.rooms.member.SILENCE_S", 0.2)
    wrong = Trace("wrong", "", "b", (Transaction(0, (), ((0, 0, "a"),)),))
    with pytest.raises(ReplayFailed, match="client 1 has 1 characters"):
        await replay(wrong, server.room("wrong"), server.port)


def test_the_page_has_a_place_for_rooms() -> None:
    text = PAGE.read_text("utf-8")
    assert text.index("<!-- rooms: begin -->") < text.index("<!-- rooms: end -->")


def test_a_joiner_reads_what_was_typed(server: Ours, place: Place) -> None:
    address = server.room("read")
    plan = Plan()
    change = Editor(1).change([(0, 0, "typed")])
    assert change is not None
    plan.connect(address, writes=[change])
    plan.connect(address)
    with Player(place.player, plan, server.port, place.folder, None) as player:
        player.play()
        (text,) = measuring.joined_texts(server, [address], place)
    assert "typed" in text
