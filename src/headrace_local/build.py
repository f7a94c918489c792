"""Layers and functions as zip files, as `sam build` and `sam package` make them.

For the host's platform, and cached by content: what did not change is not built again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import py_compile
import shutil
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from headrace_local.dependencies import unpack_dependencies
from headrace_local.problems import BuildFailedError

LOCK_NAME = "requirements.txt"
NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "Makefile")
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same content is the same zip
KEPT_BUILDS = 4
SITE_LINE = (
    f"python/lib/python{sys.version_info.major}.{sys.version_info.minor}"
    "/site-packages/layer.pth"
)
RECIPE = "2"  # raise it when the same sources shall become another zip


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A built zip file."""

    name: str
    path: Path
    digest: str

    @property
    def key(self) -> str:
        """Name under which it is stored for a deployment."""
        return f"{self.name}-{self.digest}.zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """Builds into `cache`, a folder that may be deleted at any time."""

    cache: Path

    def layer(self, sources: Path) -> Archive:
        """Build a layer: `sources` and its locked requirements under `python/`.

        Raises:
            BuildFailedError: a source does not compile, or a requirement is missing.
        """
        return self._build(sources, "python")

    def layer_in_place(self, sources: Path) -> Archive:
        """Build a layer; if it has requirements, one that is unpacked here already.

        Its zip then holds one line that puts the unpacked layer on Python's path (a
        `.pth` file; both Lambda and the emulator treat site-packages as a site folder).
        Each worker of the emulator unpacks its layers anew, and two thousand files take
        longer than a hundred jobs.

        Raises:
            BuildFailedError: as for `layer`.
        """
        whole = self.layer(sources)
        if not (sources / LOCK_NAME).exists():
            return whole
        name = f"{whole.name}-in-place"
        unpacked = self.cache / f"{name}-{whole.digest}"
        if not unpacked.exists():
            with tempfile.TemporaryDirectory(dir=self.cache) as folder:
                with zipfile.ZipFile(whole.path) as archive:
                    archive.extractall(folder)
                with contextlib.suppress(OSError):  # another run was quicker
                    Path(folder, "python").rename(unpacked)
        link = Archive(
            name=name,
            digest=whole.digest,
            path=unpacked.with_name(f"{unpacked.name}.zip"),
        )
        line = f"import sys; sys.path.insert(0, {str(unpacked)!r})\n"
        with tempfile.TemporaryDirectory(dir=self.cache) as folder:
            unfinished = Path(folder, "unfinished.zip")
            with zipfile.ZipFile(unfinished, "w") as archive:
                archive.writestr(zipfile.ZipInfo(SITE_LINE, ZIP_TIME), line)
            unfinished.replace(link.path)  # whole, for runs that read it meanwhile
        return link

    def function(self, sources: Path) -> Archive:
        """Build a function: `sources` and its locked requirements.

        Raises:
            BuildFailedError: as for `layer`.
        """
        return self._build(sources, "")

    def _build(self, sources: Path, inside: str) -> Archive:
        if not sources.is_dir():
            raise BuildFailedError(
                f"There is nothing to build in {sources}.",
                why="The folder does not exist.",
                advice="Check CodeUri and ContentUri in the template.",
            )
        digest = _digest_of(sources)
        name = f"{inside or 'function'}-{sources.name}"
        archive = Archive(
            name=name, digest=digest, path=self.cache / f"{name}-{digest}.zip"
        )
        if not archive.path.exists():
            self.cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.cache) as folder:
                staged = Path(folder) / "staged"
                _stage(sources, staged / inside)
                unfinished = Path(folder) / "unfinished.zip"
                _zip(staged, unfinished)
                unfinished.replace(archive.path)
            self._forget_old(name)
        return archive

    def _forget_old(self, name: str) -> None:
        builds = sorted(
            self.cache.glob(f"{name}-{'[0-9a-f]' * 16}.zip"),
            key=lambda path: path.stat().st_mtime,
        )
        for path in builds[:-KEPT_BUILDS]:
            path.unlink(missing_ok=True)
            in_place = path.with_name(path.name.replace(name, f"{name}-in-place"))
            in_place.unlink(missing_ok=True)
            shutil.rmtree(in_place.with_suffix(""), ignore_errors=True)


def check_syntax(sources: Path) -> None:
    """Compile every module below `sources`, keeping nothing.

    Raises:
        BuildFailedError: one does not compile; the error says where.
    """
    for path in sorted(sources.rglob("*.py")):
        try:
            compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            raise _does_not_compile(path, error) from error


def _does_not_compile(path: Path, error: Exception) -> BuildFailedError:
    line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
    reason = error.msg if isinstance(error, SyntaxError) else str(error)
    return BuildFailedError(
        f"{path}{line} does not compile.",
        why=f"{reason}.",
        advice="Correct it and save.",
    )


def _stage(sources: Path, target: Path) -> None:
    check_syntax(sources)
    target.mkdir(parents=True)
    lock = sources / LOCK_NAME
    if lock.exists() and lock.read_text().strip():
        unpack_dependencies(lock, target)
    shutil.copytree(sources, target, ignore=NOT_SHIPPED, dirs_exist_ok=True)
    for copy in sources.rglob("*.py"):
        path = target / copy.relative_to(sources)
        if path.exists():
            py_compile.compile(
                str(path),
                dfile=str(path.relative_to(target)),
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )


def _digest_of(sources: Path) -> str:
    """Digest names and content of all that goes in, and of how it is built."""
    about = [RECIPE, platform.machine(), sys.version]
    digest = hashlib.sha256("\n".join(about).encode())
    for path in sorted(sources.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"\n{path.relative_to(sources)}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _zip(folder: Path, target: Path) -> None:
    # Not compressed: it travels over loopback, and every worker unpacks it anew.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(str(path.relative_to(folder)), ZIP_TIME)
                mode = 0o755 if os.access(path, os.X_OK) else 0o644
                entry.external_attr = mode << 16
                archive.writestr(entry, path.read_bytes())
