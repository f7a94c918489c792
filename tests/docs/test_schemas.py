"""The schemas beside the pages are what the code says."""

from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_each_file_is_what_its_generator_writes():
    files = runpy.run_path(str(DOCS / "generate_schemas.py"))["files"]()

    assert {path: path.read_text() for path in files} == files
    assert set(files) == set((DOCS / "schemas").iterdir())
