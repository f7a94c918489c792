"""What the package says it has, it has; and the errors' tree is the one drawn."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import headrace_client
from headrace_client import errors

PACKAGE = Path(headrace_client.__file__).parent


@pytest.mark.parametrize("name", headrace_client.__all__)
def test_every_public_name_is_there(name):
    assert getattr(headrace_client, name).__name__ == name


def test_type_checkers_see_the_same_names():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    seen = [
        alias.name
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert sorted(seen) == sorted(headrace_client.__all__)
    assert (PACKAGE / "py.typed").exists()


def test_every_error_of_the_client_is_public():
    kinds = [
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.ClientError)
    ]
    assert set(kinds) <= set(headrace_client.__all__)


def test_the_tree_of_errors_is_the_one_that_is_drawn():
    drawn = {}
    parents = ["ClientError"]
    for line in re.findall(r"^    ([│ ]*)[├└]─ (\w+)", errors.__doc__, re.MULTILINE):
        depth = len(line[0]) // 3 + 1
        parents[depth:] = [line[1]]
        drawn[line[1]] = parents[depth - 1]
    real = {
        name: kind.__bases__[0].__name__
        for name, kind in vars(errors).items()
        if isinstance(kind, type)
        and issubclass(kind, errors.ClientError)
        and kind is not errors.ClientError
    }
    assert drawn == real


def test_help_needs_no_boto3():
    program = "import sys, headrace_client; sys.exit('boto3' in sys.modules)"
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, check=False).returncode == 0  # noqa: S603  # ours
