"""A job's image installs one small wheel, and nothing that comes with it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "src" / "headrace_job"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(  # noqa: S603 - our own build backend
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("*.whl")
    with ZipFile(path) as opened:
        yield opened


def test_the_wheel_has_the_module_and_its_types_alone(wheel):
    files = [each for each in wheel.namelist() if ".dist-info/" not in each]

    assert sorted(files) == ["headrace_job/__init__.py", "headrace_job/py.typed"]
    assert wheel.read(files[0]) == (PROJECT / "__init__.py").read_bytes()


def test_the_wheel_needs_nothing_and_runs_from_3_9_on(wheel):
    (name,) = [each for each in wheel.namelist() if each.endswith("/METADATA")]
    metadata = Parser().parsestr(wheel.read(name).decode())

    assert metadata["Name"] == "headrace-job"
    assert metadata["Requires-Python"] == ">=3.9"
    assert metadata.get_all("Requires-Dist") is None


def test_both_distributions_have_one_version():
    files = (ROOT / "pyproject.toml", PROJECT / "pyproject.toml")
    versions = {tomllib.loads(each.read_text())["project"]["version"] for each in files}
    assert len(versions) == 1
