"""What the environment may say, and what is said about what it may not."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algoroom.environment import load_settings
from algoroom.errors import SettingsError
from algoroom.settings import Settings
from algoroom.settings_table import documentation

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name in ("HOST", "PORT", "XDG_DATA_HOME") or name.upper().startswith("ALGOROOM_"):
            monkeypatch.delenv(name)


def complaint(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return caught.value.lines


def test_the_page_of_settings_says_what_the_code_says() -> None:
    rows = [f"| `{row.variable}` | {row.default} | {row.meaning} |" for row in documentation()]
    written = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert written == rows


def test_every_setting_is_described_in_whole_sentences() -> None:
    for row in documentation():
        assert re.fullmatch(r"[A-Z`].+\.", row.meaning), row


def test_an_empty_environment_gives_the_documented_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.data_dir == Path("/home/ada/.local/share/algoroom")
    assert settings.database_url == "sqlite:////home/ada/.local/share/algoroom/algoroom.db"
    assert settings.runs_at_once == len(os.sched_getaffinity(0))
    assert settings.rate_limits is True
    assert settings.public_url is None


def test_the_xdg_data_home_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/var/lib/share")
    assert load_settings().data_dir == Path("/var/lib/share/algoroom")


def test_each_variable_reaches_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("ALGOROOM_DATA_DIR", "/srv/rooms")
    monkeypatch.setenv("ALGOROOM_PUBLIC_URL", "https://rooms.example.org/")
    monkeypatch.setenv("ALGOROOM_CORS_ORIGINS", "https://a.example, https://*.b.example,")
    monkeypatch.setenv("ALGOROOM_RATE_LIMITS", "off")
    monkeypatch.setenv("ALGOROOM_SESSION_HOURS", "0.5")
    settings = load_settings()
    assert (settings.host, settings.port) == ("0.0.0.0", 9000)
    assert settings.database_url == "sqlite:////srv/rooms/algoroom.db"
    assert settings.public_url == "https://rooms.example.org"
    assert settings.cors_origins == ("https://a.example", "https://*.b.example")
    assert settings.rate_limits is False
    assert settings.session_hours == 0.5


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    assert load_settings().port == 8000


def test_arguments_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    assert Settings(port=7000).port == 7000


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "many", "PORT=many: must be a whole number"),
        ("PORT", "70000", "PORT=70000: must be less than or equal to 65535"),
        ("HOST", "a b", "HOST=a b: must be a host name or an address, such as 127.0.0.1"),
        ("ALGOROOM_RATE_LIMITS", "maybe", "ALGOROOM_RATE_LIMITS=maybe: must be on or off"),
        (
            "ALGOROOM_LOG_LEVEL",
            "loud",
            "ALGOROOM_LOG_LEVEL=loud: must be 'critical', 'error', 'warning', 'info' or 'debug'",
        ),
        ("ALGOROOM_SESSION_HOURS", "nan", "ALGOROOM_SESSION_HOURS=nan: must be a number"),
        (
            "ALGOROOM_RUN_MEMORY_BYTES",
            "256MB",
            "ALGOROOM_RUN_MEMORY_BYTES=256MB: must be a whole number",
        ),
        (
            "ALGOROOM_CORS_ORIGINS",
            "https://a.example/path",
            "ALGOROOM_CORS_ORIGINS=https://a.example/path: 'https://a.example/path' "
            "must be an origin such as https://example.org, without a path",
        ),
        (
            "ALGOROOM_PUBLIC_URL",
            "rooms.example.org",
            "ALGOROOM_PUBLIC_URL=rooms.example.org: "
            "must be an address such as https://rooms.example.org",
        ),
        (
            "ALGOROOM_DATABASE_URL",
            "sqlite:///:memory:",
            "ALGOROOM_DATABASE_URL: must name a file: what is in memory alone would be lost",
        ),
        (
            "ALGOROOM_RUNS_PER_MINUT",
            "1",
            "ALGOROOM_RUNS_PER_MINUT: there is no such setting; "
            "did you mean ALGOROOM_RUNS_PER_MINUTE?",
        ),
        ("ALGOROOM_ZZZZ", "1", "ALGOROOM_ZZZZ: there is no such setting"),
    ],
)
def test_a_wrong_value_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    assert complaint(monkeypatch, **{name: value}) == [said]


def test_every_wrong_value_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = complaint(monkeypatch, PORT="x", ALGOROOM_RUNS_WAITING="-1", ALGOROOM_RUN="1")
    assert sorted(re.split("[=:]", line)[0] for line in lines) == [
        "ALGOROOM_RUN",
        "ALGOROOM_RUNS_WAITING",
        "PORT",
    ]


@pytest.mark.parametrize("url", ["mysql://ada:secret@db/rooms", "postgresql:ada:secret@db"])
def test_a_database_password_is_never_shown(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    assert "secret" not in "".join(complaint(monkeypatch, ALGOROOM_DATABASE_URL=url))


def test_the_password_stays_out_of_the_representation() -> None:
    assert "secret" not in repr(Settings(database_url="postgresql://ada:secret@db/rooms"))


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:3000", True),
        ("http://localhost:3001", True),
        ("http://localhost:5173", True),
        ("http://127.0.0.1:5173", True),
        ("http://localhost:30000", False),
        ("https://crispy-3000.app.github.dev", True),
        ("https://a.b.c.githubpreview.dev", True),
        ("http://a.github.dev", False),
        ("https://github.dev", False),
        ("https://evilgithub.dev", False),
        ("https://a.github.dev.evil.example", False),
        ("https://evil.example/.github.dev", False),
        ("https://user@a.github.dev", False),
        ("null", False),
    ],
)
def test_the_default_origins_are_those_of_both_contracts(origin: str, allowed: bool) -> None:
    assert bool(Settings().cors_pattern.fullmatch(origin)) is allowed


def test_a_lone_star_allows_every_origin_and_an_empty_list_none() -> None:
    assert Settings(cors_origins=("*",)).cors_pattern.fullmatch("https://any.example")
    assert not Settings(cors_origins=()).cors_pattern.fullmatch("https://any.example")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("::", False),
        ("[::]", False),
        ("192.0.2.7", False),
        ("rooms.example.org", False),
    ],
)
def test_who_can_reach_an_address(host: str, loopback: bool) -> None:
    assert Settings(host=host).loopback is loopback


def test_an_address_may_stand_in_brackets_as_in_a_web_address() -> None:
    assert Settings(host="[::1]").host == "::1"
    assert Settings(host="::1").host == "::1"


@given(st.integers(min_value=65_536, max_value=2**40))
def test_the_longest_code_fits_a_request_however_much_is_escaped(body: int) -> None:
    assert Settings(max_body_bytes=body).max_document_units * len("\\u0001") + 32_768 <= body
