"""Programs never run as root, and no two at once under one id."""

import os
import subprocess
import sys
import textwrap

import pytest

from algoroom.runs.sandbox.identity import FIRST_ID, Identities, NoIdentityLeft

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root has ids to give")


@ROOT_ONLY
@pytest.mark.parametrize("slots", [0, 1, 3])
def test_root_never_stands_in_for_a_missing_id(slots: int) -> None:
    identities = Identities(slots)
    assert identities.drops_root
    taken = [identities.take() for _ in range(slots)]
    assert all(identity is not None and identity.uid >= FIRST_ID for identity in taken)
    with pytest.raises(NoIdentityLeft):
        identities.take()
    for identity in taken:
        identities.give_back(identity)
    assert sorted(map(repr, taken)) == sorted(repr(identities.take()) for _ in range(slots))


@ROOT_ONLY
def test_an_id_that_is_retired_is_not_used_again() -> None:
    identities = Identities(2)
    first = identities.take()
    identities.retire(first)
    later = [identities.take(), identities.take()]
    assert first not in later
    assert later[0] != later[1]


def test_a_server_without_rights_uses_its_own_id() -> None:
    program = textwrap.dedent("""
        import os
        from algoroom.runs.sandbox.identity import Identities

        if os.geteuid() == 0:
            os.setresuid(65534, 65534, 65534)
        identities = Identities(1)
        assert not identities.drops_root
        assert [identities.take(), identities.take()] == [None, None]
    """)
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
