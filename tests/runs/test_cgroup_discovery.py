"""Where control groups are found, from what kernels of each layout say."""

from pathlib import Path

from algoroom.runs.sandbox.cgroups.discovery import Mount, discover, memberships, mounts
from algoroom.runs.sandbox.cgroups.group import Owned, sweep

VERSION_2 = "29 22 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
HYBRID = (
    "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
    "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw shared:3 - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 /docker/x /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
)


def test_mounts_of_both_versions_are_read() -> None:
    assert mounts(VERSION_2) == [Mount(2, frozenset(), "/", Path("/sys/fs/cgroup"))]
    cpu, memory, unified = mounts(HYBRID)
    assert {"cpu", "cpuacct"} <= cpu.controllers
    assert (memory.version, memory.root) == (1, "/docker/x")
    assert unified.version == 2


def test_memberships_are_read_by_controller() -> None:
    told = "4:memory:/a\n3:cpu,cpuacct:/b:c\n1:name=systemd:/\n0::/user.slice\n"
    assert memberships(told) == {
        "memory": "/a", "cpu": "/b:c", "cpuacct": "/b:c", "name=systemd": "/", "": "/user.slice",
    }  # fmt: skip


def test_no_mount_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "mountinfo").write_text("22 1 8:1 / / rw - ext4 /dev/root rw\n")
    (tmp_path / "cgroup").write_text("0::/\n")
    found = discover(tmp_path)
    assert found.hierarchy is None
    assert found.explanation == "none that counts memory and processes is mounted"


def test_a_directory_that_may_not_be_used_is_told(tmp_path: Path) -> None:
    place = tmp_path / "cgroup2"
    place.mkdir()
    (place / "cgroup.controllers").write_text("cpuset cpu\n")
    (tmp_path / "mountinfo").write_text(f"29 22 0:26 / {place} rw - cgroup2 cgroup2 rw\n")
    (tmp_path / "cgroup").write_text("0::/\n")
    found = discover(tmp_path)
    assert found.hierarchy is None
    assert "has no memory and no pids controller" in found.explanation


def test_only_what_a_dead_server_left_is_swept(tmp_path: Path) -> None:
    living = Owned(tmp_path)
    dead = tmp_path / "user.slice" / "algoroom-1-0123abcd"
    (dead / "run-0").mkdir(parents=True)
    names = (
        "somebody-else", "algoroom-web.service", "algoroom-1", "algoroom-1-dead",
        "algoroom-1-0123abcd.scope", "x-algoroom-1-0123abcd", "algoroom-1-0123ABCD",
    )  # fmt: skip
    others = [tmp_path / name for name in names]
    for other in others:
        (other / "run-0").mkdir(parents=True)
    within_another = others[1] / "algoroom-2-0123abcd"
    within_another.mkdir()
    sweep(tmp_path)
    assert not dead.exists()
    assert not within_another.exists()
    assert living.path.exists()
    assert all((other / "run-0").exists() for other in others)
    living.close()
    assert not living.path.exists()
