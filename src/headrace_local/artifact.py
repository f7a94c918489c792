"""What `make build` made, read as Lambda gets it: zip files of layers and functions.

As a program, ``python -m headrace_local.artifact .aws-sam/build`` lists them with their
sizes and SHA-256.
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from headrace_local.template import CODE_PROPERTY, FUNCTION, LAYER, read_template

ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the time stamp that the SAM CLI's zips have
ZIP_EPOCH = datetime(*ZIP_TIME, tzinfo=UTC).timestamp()
UNIX = 3
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Artifact:
    """A folder that `sam build` filled.

    Attributes:
        build: As ``.aws-sam/build``: a template, and a folder for each resource.
    """

    build: Path

    @cached_property
    def functions(self) -> Mapping[str, Mapping[str, Any]]:
        """Each function's properties, the template's globals included."""
        return {
            name: self._globals | resource["Properties"]
            for name, resource in self._resources(FUNCTION)
        }

    def code_of(self, name: str) -> Path:
        """Return the folder that was built for a layer or function."""
        resource = self._template["Resources"][name]
        folder: str = resource["Properties"][CODE_PROPERTY[resource["Type"]]]
        return self.build / folder

    def layers_of(self, function: str) -> tuple[str, ...]:
        """Return the names of a function's layers, in the order they are unpacked."""
        return tuple(each["Ref"] for each in self.functions[function]["Layers"])

    def names(self) -> tuple[str, ...]:
        """Return all that is zipped: the layers' names, then the functions'."""
        layers = tuple(name for name, _ in self._resources(LAYER))
        return (*layers, *self.functions)

    def zipped(self, name: str) -> bytes:
        """Return the zip of a layer or function, as `sam package` makes it.

        But in order of names: the SAM CLI takes files as the file system lists them.
        """
        folder = self.code_of(name)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(each for each in folder.rglob("*") if each.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), ZIP_TIME)
                entry.create_system = UNIX
                # The SAM CLI lets everybody read: functions run as a user of Lambda's.
                entry.external_attr = (path.stat().st_mode | 0o444) << 16
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    def unpack(self, function: str, *, task: Path, opt: Path) -> None:
        """Unpack a function and its layers as Lambda does, for nobody to write to.

        Args:
            function: Its name in the template.
            task: Takes the place of ``/var/task``; made here.
            opt: Takes the place of ``/opt``; nothing is done where it exists.
        """
        _extract(self.zipped(function), task)
        if not opt.exists():
            for layer in self.layers_of(function):
                _extract(self.zipped(layer), opt)

    @cached_property
    def _template(self) -> dict[str, Any]:
        return read_template(self.build / "template.yaml")

    @property
    def _globals(self) -> dict[str, Any]:
        return dict(self._template.get("Globals", {}).get("Function", {}))

    def _resources(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, resource in self._template["Resources"].items():
            if resource["Type"] == kind:
                yield name, resource


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a zip, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _extract(content: bytes, folder: Path) -> None:
    """Unpack with the time stamps of the zip, which `extractall` does not set.

    They are the point: bytecode that is checked against them would be thrown away.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
        written = {folder / entry.filename for entry in archive.infolist()}
    for path in written:
        os.utime(path, (ZIP_EPOCH, ZIP_EPOCH))
        path.chmod(0o555 if os.access(path, os.X_OK) else 0o444)


def main(build: Path) -> None:
    """Print a line for each zip, and one for all."""
    artifact = Artifact(build)
    total = 0
    for name in artifact.names():
        content = artifact.zipped(name)
        total += len(content)
        size = f"{len(content) / MEGABYTE:6.2f} MB"
        sys.stdout.write(f"  {name:<18} {size}  {digest_of(content)}\n")
    sys.stdout.write(f"  {'together':<18} {total / MEGABYTE:6.2f} MB\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
