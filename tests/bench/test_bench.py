"""What the benchmarks compute and write is right, and one row of them works; nothing is timed."""

import math
import subprocess
import sys
from pathlib import Path

import pytest

from bench import machine, page, runs
from bench.figures import Aim, Measure, Spread, ratios, spread
from bench.page import PAGE, Row
from bench.processor import Account


def test_a_measure_tells_time_and_rate_for_each_run() -> None:
    measure = Measure(runs=4, wall_s=2.0, cpu_s=0.4)
    assert (measure.wall_ms, measure.cpu_ms, measure.rate) == (500.0, 100.0, 2.0)


def test_a_spread_is_the_middle_and_the_quarters() -> None:
    assert spread([1, 2, 3, 4, 5]) == Spread(3, 2, 4)
    assert spread([7]) == Spread(7, 7, 7)


def test_ratios_are_of_pairs_and_not_of_middles() -> None:
    assert ratios([1, 10, 100], [2, 20, 50]).middle == 0.5


@pytest.mark.parametrize(
    ("aim", "met", "missed"), [(Aim(0.35), 0.35, 0.36), (Aim(3.0, at_least=True), 3.0, 2.9)]
)
def test_an_aim_is_met_up_to_its_bound(aim: Aim, met: float, missed: float) -> None:
    assert aim.met(met)
    assert not aim.met(missed)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(math.nan, "–"), (0.01234, "0.0123"), (3.456, "3.46"), (1234.5, "1234"), (99.99, "100")],
)
def test_figures_are_shown_without_an_exponent(value: float, shown: str) -> None:
    assert page.number(value) == shown


def test_a_row_says_whether_its_aim_is_met() -> None:
    row = Row("what", "whom", "1 ms", "4 ms", Spread(0.25, 0.2, 0.3), "1 / 2", 10, Aim(0.35))
    expected = "| what | whom | 1 ms | 4 ms | 0.25 (0.2–0.3) | 1 / 2 | 10 | at most 0.35 | yes |\n"
    assert str(row) == expected


def test_a_row_without_figures_has_as_many_cells() -> None:
    head, _ = page.HEAD.splitlines()
    assert str(Row("what", "nsjail: it is missing")).count("|") == head.count("|")


def test_a_section_replaces_its_own_markers_only(tmp_path: Path) -> None:
    file = tmp_path / "performance.md"
    file.write_text(
        "top\n<!-- a: begin -->\nold\n<!-- a: end -->\n<!-- b: begin -->\n<!-- b: end -->\n"
    )
    page.write("a", "new \\1\n", file)
    assert file.read_text() == (
        "top\n<!-- a: begin -->\nnew \\1\n<!-- a: end -->\n<!-- b: begin -->\n<!-- b: end -->\n"
    )
    with pytest.raises(ValueError, match="no markers for c"):
        page.write("c", "x", file)


def test_the_page_has_a_place_for_runs() -> None:
    text = PAGE.read_text("utf-8")
    assert text.index("<!-- runs: begin -->") < text.index("<!-- runs: end -->")


def test_an_account_counts_what_was_started_in_it_and_nothing_else() -> None:
    burning = [sys.executable, "-c", "sum(range(3_000_000))"]
    with Account() as account:
        subprocess.run(burning, check=True)
        outside = account.used_s()
        with account.entered():
            subprocess.run(burning, check=True)
        assert math.isnan(outside) or outside < account.used_s()


def test_the_machine_is_described() -> None:
    assert "Linux" in machine.description()


def test_a_quick_round_of_one_row_gives_figures() -> None:
    row, in_a_row = runs.measure(["python"], 1, quick=True)
    assert row.ratio is not None
    assert row.ratio.middle > 0
    assert row.rounds == 1
    assert in_a_row.ratio is not None
