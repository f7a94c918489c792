"""Imports each function once, as a check, before edited code goes live."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from headrace_local.problems import BuildFailedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

IMPORT_SECONDS_MAX = 30.0
# Each function's handler module is named `app`, so each gets a name of its own.
_CHECK = """
import importlib.util, sys
for number, path in enumerate(sys.argv[1:]):
    spec = importlib.util.spec_from_file_location(f"function_{number}", path)
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, path.rpartition("/")[0])
    spec.loader.exec_module(module)
    del sys.path[0]
"""


def check_imports(functions: Iterable[Path], libraries: Iterable[Path]) -> None:
    """Import every function's `app.py`.

    Args:
        functions: folders of functions.
        libraries: folders of layers whose modules they import.

    Raises:
        BuildFailedError: one cannot be imported; the error says where.
    """
    handlers = [path for each in functions if (path := each / "app.py").exists()]
    try:
        result = subprocess.run(  # noqa: S603 - our own interpreter and script
            [sys.executable, "-c", _CHECK, *map(str, handlers)],
            check=False,
            capture_output=True,
            text=True,
            timeout=IMPORT_SECONDS_MAX,
            env={
                "PATH": os.defpath,
                "PYTHONPATH": os.pathsep.join(map(str, libraries)),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )
    except subprocess.TimeoutExpired as error:
        raise BuildFailedError(
            "The functions cannot be imported.",
            why=f"Importing them takes more than {IMPORT_SECONDS_MAX:.0f} s.",
            advice="Is there work outside of functions?",
        ) from error
    if result.returncode:
        lines = result.stderr.strip().splitlines()
        places = [line.strip() for line in lines if line.startswith("  File ")]
        raise BuildFailedError(
            "The functions cannot be imported.",
            why=f"{lines[-1]} ({places[-1]})" if places else lines[-1],
            advice="Correct it and save.",
        )
