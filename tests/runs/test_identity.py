"""Programs never run as root, and no two at once under one id."""

import os
import subprocess
import sys
import textwrap

import pytest

from algoroom.runs.sandbox.identity import FIRST_ID, NOBODY, Identities, NoIdentityLeft

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root has ids to give")


@ROOT_ONLY
def test_sandboxes_at_once_have_ids_of_their_own_and_never_roots() -> None:
    identities = Identities()
    assert identities.drops_root
    taken = [identities.take() for _ in range(20)]
    assert len({identity.uid for identity in taken if identity and identity.uid >= FIRST_ID}) == 20
    for identity in taken:
        identities.give_back(identity)
    assert {identities.take() for _ in range(20)} == set(taken)


@ROOT_ONLY
def test_root_never_stands_in_for_a_missing_id() -> None:
    identities = Identities()
    for _ in range(NOBODY - FIRST_ID):
        assert identities.take() is not None
    with pytest.raises(NoIdentityLeft):
        identities.take()


def test_a_server_without_rights_uses_its_own_id() -> None:
    program = textwrap.dedent("""
        import os
        from algoroom.runs.sandbox.identity import Identities

        if os.geteuid() == 0:
            os.setresuid(65534, 65534, 65534)
        identities = Identities()
        assert not identities.drops_root
        assert [identities.take(), identities.take()] == [None, None]
    """)
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
