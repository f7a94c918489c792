"""What the layers ship: our package with bytecode, and the service models it uses."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

import headrace
from expanded_template import ROOT

LIBRARY = ROOT / "layers" / "headrace"
SOURCES = {
    path.relative_to(LIBRARY)
    for path in (LIBRARY / "headrace").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}
UNCHECKED_HASH = 0b01  # PEP 552: the flags' low bit is set and check_source is not


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    artifacts = tmp_path_factory.mktemp("layer")
    command = ["make", "-C", LIBRARY, "build-HeadraceLayer"]
    command += [f"ARTIFACTS_DIR={artifacts}", f"PYTHON={sys.executable}"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own make
    return artifacts / "python"


def test_the_package_that_tests_import_is_the_one_the_layer_ships():
    assert Path(headrace.__file__).parent == LIBRARY / "headrace"


def test_the_layer_ships_every_source_and_nothing_else(built):
    shipped = {path.relative_to(built) for path in built.rglob("*") if path.is_file()}
    assert {path for path in shipped if path.suffix != ".pyc"} == SOURCES


def test_bytecode_is_shipped_that_no_time_stamp_can_spoil(built):
    for source in SOURCES:
        if source.suffix == ".py":
            path = Path(importlib.util.cache_from_source(str(built / source)))
            header = path.read_bytes()[:8]
            assert header[:4] == importlib.util.MAGIC_NUMBER, source
            assert int.from_bytes(header[4:], "little") == UNCHECKED_HASH, source


def test_the_dependencies_layer_keeps_the_service_models_that_clients_need():
    makefile = (ROOT / "layers" / "dependencies" / "Makefile").read_text()
    (kept,) = re.findall(r"^SERVICES := (.+)$", makefile, re.MULTILINE)
    used = {
        service
        for path in SOURCES
        if path.suffix == ".py"
        for service in re.findall(
            r"""\b_made\(\s*["']([a-z0-9-]+)["']""", (LIBRARY / path).read_text()
        )
    }
    assert used == set(kept.split())
