"""The page about history, followed as its reader would follow it."""

from __future__ import annotations

from pathlib import Path

from transcripts import Reader

PAGE = Path(__file__).parents[2] / "docs" / "history.md"


def test_every_command_of_the_page_goes_as_printed(pipeline, tmp_path):
    Reader(tmp_path, dict(pipeline.environment)).follow(PAGE.read_text())
