"""The locked run-time dependencies, unpacked as a layer holds them.

They are copied from this environment where it has exactly the locked versions, which
needs no network, and are downloaded by hash otherwise.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

from headrace_local.problems import BuildFailedError, NotInstalledError

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
_SERVICES = re.compile(r"^SERVICES\s*:=(.*)$", re.MULTILINE)


def unpack_dependencies(lock: Path, target: Path) -> None:
    """Put what `lock` pins into `target`, byte-compiled.

    Args:
        lock: a requirements file of exact versions (with hashes).
        target: an empty folder, the layer's `python/`.

    Raises:
        BuildFailedError: a pinned version cannot be downloaded or is not its hash.
        NotInstalledError: neither uv nor pip is there to download with.
    """
    pinned = _PINNED.findall(lock.read_text())
    services = _services_kept(lock)
    if not all(
        _copy_installed(name, version, target, services) for name, version in pinned
    ):
        shutil.rmtree(target)
        target.mkdir()
        _download(lock, target)
    _drop_unused_services(target, services)
    # Bytecode that is never checked against its source: unpacking a zip changes the
    # times that the usual kind is checked by, and every worker would compile it all.
    subprocess.run(  # noqa: S603 - our own interpreter
        [
            sys.executable,
            "-m",
            "compileall",
            "-q",
            "-j",
            "0",
            "--invalidation-mode",
            "unchecked-hash",
            "-s",
            str(target),
            str(target),
        ],
        check=False,  # some packages carry a file for another Python version
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _copy_installed(
    name: str, version: str, target: Path, services: frozenset[str] | None
) -> bool:
    """Copy an installed distribution whose files are those it was installed with."""
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    if distribution.version != version or not distribution.files:
        return False
    for file in distribution.files:
        if (
            ".." in file.parts
            or file.suffix == ".pyc"
            or not _is_kept(file.parts, services)
        ):
            continue
        content = Path(str(file.locate())).read_bytes()
        if (
            file.hash is not None
            and _digest(content, file.hash.mode) != file.hash.value
        ):
            return False
        copy = target / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
    return True


def _digest(content: bytes, algorithm: str) -> str:
    digest = hashlib.new(algorithm, content).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _services_kept(lock: Path) -> frozenset[str] | None:
    """Return whose botocore models the layer ships, or None for all.

    The layer's Makefile says so, for `sam build` and for us; the four hundred others
    are nine tenths of botocore.
    """
    makefile = lock.with_name("Makefile")
    found = _SERVICES.search(makefile.read_text()) if makefile.exists() else None
    return frozenset(found.group(1).split()) if found else None


def _is_kept(parts: tuple[str, ...], services: frozenset[str] | None) -> bool:
    """Tell whether a file is anything but a model of a service nobody calls."""
    is_model = (
        len(parts) > 3  # noqa: PLR2004 - botocore/data/<service>/<file>
        and parts[0] in {"boto3", "botocore"}
        and parts[1] == "data"
    )
    return services is None or not is_model or parts[2] in services


def _drop_unused_services(target: Path, services: frozenset[str] | None) -> None:
    for package in ("boto3", "botocore"):
        for model in (target / package / "data").glob("*/*/*"):
            if not _is_kept(model.relative_to(target).parts, services):
                shutil.rmtree(model.parent.parent, ignore_errors=True)


def _download(lock: Path, target: Path) -> None:
    result = subprocess.run(  # noqa: S603 - our own command line
        [
            *_installer(),
            "--no-deps",
            "--only-binary",
            ":all:",
            "--target",
            str(target),
            "-r",
            str(lock),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    if result.returncode:
        last_lines = "\n".join(result.stderr.strip().splitlines()[-4:])
        raise BuildFailedError(
            f"The dependencies of {lock} could not be installed.",
            why=last_lines,
            advice="Check the network and the package index, then start again.",
        )


def _installer() -> list[str]:
    if (uv := shutil.which("uv")) is not None:
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--quiet"]
    raise NotInstalledError(
        "The dependency layer cannot be built.",
        why="This environment differs from the lock, and has neither uv nor pip.",
        advice="Install uv (https://docs.astral.sh/uv/), or run `make setup` again.",
    )
