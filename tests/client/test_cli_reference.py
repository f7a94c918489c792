from __future__ import annotations

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def generator():
    spec = importlib.util.spec_from_file_location(
        "generate_cli_reference", DOCS / "generate_cli_reference.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_of_the_command_line_is_up_to_date():
    """Run `python docs/generate_cli_reference.py` to write it anew."""
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == generator().reference()


def test_the_reference_has_every_command():
    page = generator().reference()
    for command in ("submit", "register", "local up", "list", "watch", "cancel"):
        assert f"\n## headrace {command}\n" in page
