"""Script that somebody stored, as a browser shows it to others: a real one, which runs nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from tests.contracts.wire import interview_session, joined, run, save
from tests.serving import Server

MARK = 'id="owned"'
OWN = "document.documentElement.id='o'+'wned'"
SCRIPT = f'</title><script>{OWN}</script><img src=x onerror="{OWN}"><svg onload="{OWN}">'
WITHIN_S = 60


def shown(address: str, profile: Path) -> str:
    """The page that a browser makes of an address, once its scripts have had their time."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    assert browser, "there is no Chromium"
    ended = subprocess.run(
        [
            browser,
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=3000",
            "--dump-dom",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            address,
        ],
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=True,
    )
    return ended.stdout


@pytest.mark.timeout(180)
async def test_a_browser_runs_no_script_of_titles_names_code_and_output(
    server: Server, http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    page = tmp_path / "unsafe.html"
    page.write_text(f"<!doctype html><title>{SCRIPT}")
    assert MARK in shown(page.as_uri(), tmp_path / "profile"), "the script does nothing anywhere"
    session = await interview_session(http, title=SCRIPT, language="python")
    async with joined(server, session, "ann", SCRIPT[:100]):
        await save(http, session, f"print({SCRIPT!r})")
        await run(http, f"print({SCRIPT!r})", "python", sessionId=session)
        below = f"/api/sessions/{session}"
        pages = (f"/interview/{session}", f"/interview/{quote(SCRIPT)}")
        for path in (*pages, f"{below}/code", f"{below}/runs"):
            found = shown(f"{server.url}{path}", tmp_path / "profile")
            assert len(found) > 100, path
            assert MARK not in found, path
