"""Builds the artifact for tests: through the SAM CLI, or by the Makefiles alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from headrace_local.artifact import Artifact

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
SAM_BIN = ROOT / ".venv-sam" / "bin"
SOURCES = {
    "DependenciesLayer": ("layers/dependencies", "layers/dependencies"),
    "HeadraceLayer": ("layers/headrace", "layers/headrace"),
    "DispatchFunction": ("functions/dispatch", "functions"),
    "RecordFunction": ("functions/record", "functions"),
    "ReconcileFunction": ("functions/reconcile", "functions"),
    "AnnounceFunction": ("functions/announce", "functions"),
}
"""Each resource's folder, and that of its Makefile."""


def build_with_sam(folder: Path) -> Artifact:
    """Build as `make build` does, but into `folder`, and all of it.

    The SAM CLI's cache cannot be shared with a build that goes on elsewhere: each
    deletes from it what the other has just put there.

    Raises:
        AssertionError: It failed; the error has what SAM said.
    """
    assert (SAM_BIN / "sam").exists(), "there is no SAM CLI here: run `make build`"
    build = folder / "build"
    path = f"{SAM_BIN}{os.pathsep}{os.environ['PATH']}"
    command = [SAM_BIN / "sam", "build", "--no-cached", "--build-dir", build]
    done = subprocess.run(  # noqa: S603 - our own command line
        command,
        cwd=ROOT,
        env=os.environ | {"PATH": path, "SAM_CLI_TELEMETRY": "0"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr
    return Artifact(build)


def build_with_make(
    template: Path, folder: Path, environment: Mapping[str, str]
) -> Artifact:
    """Build a copy of the sources with their Makefiles, in another environment.

    Args:
        template: A built template.
        folder: An empty folder: for the copies, and for what is built.
        environment: What the builders find besides what they find here.
    """
    build = folder / "build"
    build.mkdir()
    shutil.copy(template, build)
    artifact = Artifact(build)
    shutil.copytree(ROOT / "layers", folder / "layers")
    shutil.copytree(ROOT / "functions", folder / "functions")
    for name, (source, makefile) in SOURCES.items():
        target = artifact.code_of(name)
        target.mkdir(parents=True)
        run_make(folder / makefile, folder / source, name, target, environment)
    return artifact


def run_make(
    makefile: Path,
    source: Path,
    name: str,
    target: Path,
    environment: Mapping[str, str],
) -> None:
    """Run the Makefile in one folder for a source in another, as the SAM CLI does.

    Raises:
        subprocess.CalledProcessError: It failed.
    """
    command = ["make", "--makefile", makefile / "Makefile", f"build-{name}"]
    command += [f"ARTIFACTS_DIR={target}", f"PYTHON={sys.executable}"]
    subprocess.run(  # noqa: S603 - our own make
        command,
        cwd=source,
        env=os.environ | environment,
        check=True,
        capture_output=True,
        umask=0o077,
    )
