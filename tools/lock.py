"""Locks the dependencies of pyproject.toml, with hashes, or says that they drifted.

Resolving needs uv and a package index; `--check` needs neither. No installs here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FINGERPRINT = "# locks: sha256:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One lock file, and the lists of pyproject.toml that it locks."""

    path: str
    about: str
    dependencies: bool = False
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    within: str | None = None  # another lock, whose versions this one must use

    def fingerprint(self, pyproject: dict[str, object]) -> str:
        """Digest of the lists this lock was made from: any edit there changes it."""
        project = _table(pyproject, "project")
        lists: dict[str, object] = {"requires-python": project["requires-python"]}
        if self.dependencies:
            lists["dependencies"] = project["dependencies"]
        for extra in self.extras:
            lists[extra] = _table(project, "optional-dependencies")[extra]
        for group in self.groups:
            lists[group] = _table(pyproject, "dependency-groups")[group]
        return hashlib.sha256(json.dumps(lists, sort_keys=True).encode()).hexdigest()

    def command(self, uv: str, *, upgrade: bool) -> list[str]:
        """The uv call that resolves this lock into its own path."""
        command = [uv, "pip", "compile", "--quiet", "--no-header", "--universal"]
        command += ["--generate-hashes", "--python-version", "3.13"]
        if self.dependencies:
            command.append("pyproject.toml")
        for extra in self.extras:
            command += ["--extra", extra]
        for group in self.groups:
            command += ["--group", group]
        if self.within:
            command += ["--constraints", self.within]
        if upgrade:
            command.append("--upgrade")
        return [*command, "--output-file", self.path]


# In this order: the layer takes its versions from what the tests ran with.
LOCKS = (
    Lock(
        path="requirements-dev.txt",
        about="A person's machine: the library, the CLI, the laptop run, the checks.",
        dependencies=True,
        extras=("local",),
        groups=("dev",),
    ),
    Lock(
        path="layers/dependencies/requirements.txt",
        about="The dependencies layer: what the functions import in AWS.",
        dependencies=True,
        within="requirements-dev.txt",
    ),
    Lock(
        path="requirements-sam.txt",
        about="The SAM CLI, in an environment of its own.",
        groups=("sam",),
    ),
    Lock(
        path="requirements-scan.txt",
        about="The scanners of template and code, in an environment of their own.",
        groups=("scan",),
    ),
)


def main() -> int:
    """Write every lock, or with --check name those that no longer fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--upgrade", action="store_true", help="take newer versions")
    parser.add_argument("--uv", default="uv", help="the uv to resolve with")
    options = parser.parse_args()
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    if not options.check:
        for lock in LOCKS:
            _write(lock, pyproject, uv=options.uv, upgrade=options.upgrade)
        return 0
    drifted = [lock.path for lock in LOCKS if _has_drifted(lock, pyproject)]
    for path in drifted:
        sys.stderr.write(f"{path} does not lock this pyproject.toml: run `make lock`\n")
    return 1 if drifted else 0


def _write(lock: Lock, pyproject: dict[str, object], *, uv: str, upgrade: bool) -> None:
    sys.stdout.write(f"locking {lock.path}\n")
    command = lock.command(uv, upgrade=upgrade)
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own arguments
    path = ROOT / lock.path
    header = (
        f"# {lock.about}\n"
        "# Written by `make lock` from pyproject.toml; not edited by hand.\n"
        f"{FINGERPRINT}{lock.fingerprint(pyproject)}\n"
    )
    path.write_text(header + path.read_text())


def _has_drifted(lock: Lock, pyproject: dict[str, object]) -> bool:
    path = ROOT / lock.path
    expected = f"{FINGERPRINT}{lock.fingerprint(pyproject)}"
    return not path.is_file() or expected not in path.read_text().splitlines()


def _table(parent: dict[str, object], key: str) -> dict[str, object]:
    table = parent[key]
    if not isinstance(table, dict):
        raise TypeError(f"pyproject.toml: {key} is not a table: {table!r}")
    return table


if __name__ == "__main__":
    sys.exit(main())
