"""The lock files: every package by hash, from nowhere in particular, and in step."""

from __future__ import annotations

import copy
import importlib.util
import re
import sys
import tomllib

import pytest

from expanded_template import ROOT

PINNED = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def load_tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


lock_tool = load_tool("lock")
LOCKS = {lock.path: lock for lock in lock_tool.LOCKS}
LAYER = "layers/dependencies/requirements.txt"


def pins(path):
    return dict(PINNED.findall((ROOT / path).read_text()))


@pytest.fixture
def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("path", LOCKS)
def test_every_package_is_pinned_and_comes_with_hashes(path):
    text = re.sub(r"^\s*#.*\n", "", (ROOT / path).read_text(), flags=re.MULTILINE)
    entries = [entry for entry in re.split(r"\n(?=\S)", text.strip()) if entry]
    assert entries
    for entry in entries:
        assert PINNED.match(entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("path", LOCKS)
def test_a_lock_names_no_index_and_no_folder(path):
    text = (ROOT / path).read_text()
    assert not re.search(
        r"://|file:|^-|--(extra-)?index|--find-links| @ ", text, re.MULTILINE
    )


@pytest.mark.parametrize("path", LOCKS)
def test_a_lock_is_of_the_dependencies_as_they_are_now(path, pyproject):
    fingerprint = lock_tool.FINGERPRINT + LOCKS[path].fingerprint(pyproject)
    assert fingerprint in (ROOT / path).read_text().splitlines()


def test_a_lock_no_longer_fits_when_its_dependencies_change(pyproject):
    changed = copy.deepcopy(pyproject)
    changed["project"]["dependencies"].append("another")
    fits = {
        path: lock.fingerprint(pyproject) == lock.fingerprint(changed)
        for path, lock in LOCKS.items()
    }
    assert fits == {
        "requirements-dev.txt": False,
        LAYER: False,
        "requirements-sam.txt": True,
        "requirements-scan.txt": True,
    }


def test_the_layer_ships_the_versions_that_the_tests_ran_with():
    assert pins(LAYER).items() <= pins("requirements-dev.txt").items()


def test_the_layer_has_its_four_dependencies_and_little_else():
    assert {"aws-lambda-powertools", "boto3", "jsonschema", "pydantic"} < set(
        pins(LAYER)
    )
    assert len(pins(LAYER)) <= 20
