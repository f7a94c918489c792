"""What is generated is as the code would write it now; `make docs` writes it anew."""

from __future__ import annotations

import re
import runpy

import pytest

from expanded_template import ROOT
from headrace.requests.rejection import Reason
from headrace_client.explaining.answers import ADVICE
from headrace_client.reasons import MEANINGS

DOCS = ROOT / "docs"
SCRIPTS = sorted(DOCS.glob("generate_*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_has_written_what_it_would_write_now(script):
    files = runpy.run_path(str(script))["files"]()
    assert files
    for path, text in files.items():
        assert path.read_text(encoding="utf-8") == text, f"make docs: {path.name}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_generated_page_says_so(script):
    for path, text in runpy.run_path(str(script))["files"]().items():
        if path.suffix == ".md":
            assert f"Written by `docs/{script.name}`" in text
            assert "do not edit" in text


def test_every_reason_of_a_rejection_has_a_meaning_and_something_to_try():
    assert MEANINGS.keys() == ADVICE.keys() == set(Reason)


def test_the_page_on_messages_gives_the_same_meanings():
    page = (DOCS / "message.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*) \|$", page, re.MULTILINE))
    assert rows == MEANINGS
