"""Hostile programs meet the same engine as others."""

from tests.runs.conftest import engine, state_file

__all__ = ["engine", "state_file"]
