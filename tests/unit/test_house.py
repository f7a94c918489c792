"""House rules that no linter knows: sizes, names, and imports without effects."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for folder in ("layers/headrace", "src", "functions", "benchmarks", "tools")
    for path in (ROOT / folder).rglob("*.py")
)
FUNCTION_LINES_MAX = 40
MODULE_LINES_MAX = 250
DRAWERS = {"utils", "util", "common", "helpers", "misc", "core", "shared"}


def named(path):
    return str(path.relative_to(ROOT))


def length_of(function):
    """Return a function's lines without its docstring."""
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        lines -= first.end_lineno - first.lineno + 1
    return lines


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_module_and_its_functions_are_short(path):
    text = path.read_text()
    functions = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    is_explained = "# Longer than other modules because" in text
    assert len(text.splitlines()) <= MODULE_LINES_MAX or is_explained
    assert [f.name for f in functions if length_of(f) > FUNCTION_LINES_MAX] == []


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_module_is_named_for_a_noun_of_its_own(path):
    assert path.stem not in DRAWERS


def test_importing_the_library_needs_no_environment():
    modules = [
        ".".join(path.relative_to(ROOT / "layers/headrace").with_suffix("").parts)
        for path in SOURCES
        if path.is_relative_to(ROOT / "layers/headrace") and path.stem != "__init__"
    ]
    program = "import importlib, sys\n" + "\n".join(
        f"importlib.import_module({module!r})" for module in modules
    )

    found = subprocess.run(  # noqa: S603 - our own interpreter, our own modules
        [sys.executable, "-W", "error", "-c", program],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.returncode == 0, found.stderr
