"""Which limits hold: the language's and the contract's, within the operator's ceilings."""

from dataclasses import asdict, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algoroom.errors import LimitNotAllowed
from algoroom.runs.languages.catalogue import Catalogue
from algoroom.runs.limits import Ceilings, SomeLimits
from algoroom.runs.model import Limits

MIB = 2**20
HIGH = Limits(60, 60, 4096 * MIB, 1000, 64 * MIB, 1024 * MIB, 4096)
CEILINGS = Ceilings(HIGH, interactive_wall_s=300)
NAMES = [field.name for field in fields(Limits)]

times = st.floats(0.001, 100)
counts = st.integers(1, 10**9)
every_limit = st.builds(Limits, times, times, counts, counts, counts, counts, counts)
some_limits = st.fixed_dictionaries(
    {}, optional={name: times if name.endswith("_s") else counts for name in NAMES}
).map(lambda given: SomeLimits(**given))


def test_each_limit_can_be_declared_and_asked_for() -> None:
    assert list(SomeLimits.model_fields) == NAMES


def test_what_is_asked_for_comes_before_the_contract_and_that_before_the_language() -> None:
    language = SomeLimits(cpu_s=7, memory_bytes=300 * MIB, processes=100)
    contract = SomeLimits(cpu_s=6, memory_bytes=200 * MIB)
    found = CEILINGS.limits(language, contract, asked=SomeLimits(cpu_s=1))
    assert (found.cpu_s, found.memory_bytes, found.processes) == (1, 200 * MIB, 100)
    assert found.wall_s == Limits().wall_s


@given(every_limit, some_limits, some_limits)
def test_what_nobody_asked_for_is_lowered_to_the_ceilings(
    most: Limits, language: SomeLimits, contract: SomeLimits
) -> None:
    found = asdict(Ceilings(most, 300).limits(language, contract))
    usual = {**asdict(Limits()), **language.given, **contract.given}
    assert found == {name: min(usual[name], getattr(most, name)) for name in NAMES}


@given(every_limit, some_limits)
def test_what_is_asked_for_holds_as_it_is_or_is_refused_by_name(
    most: Limits, asked: SomeLimits
) -> None:
    too_much = {name for name, value in asked.given.items() if value > getattr(most, name)}
    if not too_much:
        found = asdict(Ceilings(most, 300).limits(asked=asked))
        assert found == {**found, **asked.given}
        return
    with pytest.raises(LimitNotAllowed) as refusal:
        Ceilings(most, 300).limits(asked=asked)
    refused = refusal.value
    assert refused.name in too_much
    assert refused.value == asked.given[refused.name]
    assert refused.most == getattr(most, refused.name)


def test_where_somebody_types_the_clock_has_a_ceiling_of_its_own() -> None:
    assert CEILINGS.limits(SomeLimits(wall_s=5), is_interactive=True).wall_s == 300
    asked = SomeLimits(wall_s=200)
    assert CEILINGS.limits(asked=asked, is_interactive=True).wall_s == 200
    with pytest.raises(LimitNotAllowed, match=r"wall_s: 200\.0 was asked for, and at most 60 is"):
        CEILINGS.limits(asked=asked)


def test_java_has_more_threads_as_it_needs_some_for_itself() -> None:
    assert Catalogue().get("java").declaration.limits.given == {"processes": 128}
