"""What a cold start compiles of the artifact: nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from environments import an_environment
from headrace.settings import (
    AnnounceSettings,
    DispatchSettings,
    ReconcileSettings,
    RecordSettings,
)

SETTINGS = {
    "DispatchFunction": DispatchSettings,
    "RecordFunction": RecordSettings,
    "ReconcileFunction": ReconcileSettings,
    "AnnounceFunction": AnnounceSettings,
}
# Imports the handler's module and tells which modules were loaded from the artifact,
# and which of them the loader had to compile because it took no bytecode.
INSTRUMENTED = """
import gc, importlib.machinery, json, sys
loader = importlib.machinery.SourceFileLoader
compile_source, compiled = loader.source_to_code, []
def told(self, data, path, **options):
    compiled.append(path)
    return compile_source(self, data, path, **options)
loader.source_to_code = told
module, _, function = sys.argv[1].partition(".")
handler = getattr(__import__(module), function)
paths = [getattr(each, "__file__", None) for each in list(sys.modules.values())]
from headrace import wiring
print(json.dumps({
    "compiled": compiled,
    "loaded": [path for path in paths if path],
    "collects": gc.isenabled(),
    "frozen": gc.get_freeze_count(),
    "worlds": wiring._cached.cache_info().currsize,
}))
"""


def import_handler(folder: Path, function: str, handler: str) -> dict[str, Any]:
    """Import a handler in a fresh interpreter that has the artifact and no more."""
    places = [folder / function, folder / "opt" / "python"]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [Path(sys.executable).resolve(), "-c", INSTRUMENTED, handler],
        env=an_environment(SETTINGS[function])
        | {
            "PYTHONPATH": os.pathsep.join(map(str, places)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9",  # so that clients are made, too
        },
        check=False,
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("function", SETTINGS)
def test_a_cold_start_compiles_no_module(artifact, unpacked, function):
    handler = artifact.functions[function]["Handler"]
    told = import_handler(unpacked, function, handler)
    ours = [path for path in told["loaded"] if path.startswith(str(unpacked))]
    assert any(path.endswith("app.py") for path in ours)
    assert any("botocore" in path for path in ours)
    assert told["compiled"] == []
    # The clients are made by now, and garbage is collected, but not among them.
    assert told["worlds"] == 1
    assert told["collects"]
    assert told["frozen"] > 50_000


def test_a_module_without_bytecode_would_be_noticed(artifact, unpacked, tmp_path):
    (tmp_path / "opt").symlink_to(unpacked / "opt")
    function = tmp_path / "RecordFunction"
    function.mkdir()
    source = (artifact.code_of("RecordFunction") / "app.py").read_bytes()
    (function / "app.py").write_bytes(source)
    told = import_handler(tmp_path, "RecordFunction", "app.handler")
    assert told["compiled"] == [str(function / "app.py")]


def test_the_unpacked_artifact_has_the_time_stamps_of_its_zips(unpacked):
    files = [path for path in unpacked.rglob("*") if path.is_file()]
    assert {path.stat().st_mtime for path in files} == {315532800.0}  # 1980-01-01
    assert not any(path.stat().st_mode & 0o222 for path in files)
