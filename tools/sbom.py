"""Writes the artifact's bill of materials (CycloneDX 1.6, JSON) beside the build.

    python tools/sbom.py .aws-sam/build .aws-sam/sbom.cdx.json

It lists what is in the built layers, not what was asked for: a component for each
installed package with its licence and what it needs, one for Headrace, and one for each
zip file with its SHA-256. The same build gives the same bytes: no time is told.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from headrace_local.artifact import Artifact, digest_of

ROOT = Path(__file__).parents[1]
INDENT = 2
_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def main(build: Path, target: Path) -> None:
    """Write the bill of one build."""
    bill = bill_of(Artifact(build))
    outputter = make_outputter(bill, OutputFormat.JSON, SchemaVersion.V1_6)
    target.write_text(outputter.output_as_string(indent=INDENT) + "\n")


def bill_of(artifact: Artifact) -> Bom:
    """Return the bill of materials of a build."""
    zips = {name: digest_of(artifact.zipped(name)) for name in artifact.names()}
    bill = Bom(serial_number=uuid5(NAMESPACE_URL, "\n".join(zips.values())))
    bill.metadata.timestamp = None  # type: ignore[assignment] # optional in the format
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    product = Component(
        type=ComponentType.APPLICATION,
        name=project["name"],
        version=project["version"],
        licenses=[LicenseFactory().make_from_string(project["license"])],
        purl=PackageURL("pypi", name=project["name"], version=project["version"]),
        bom_ref=project["name"],
    )
    bill.metadata.component = product
    packages = {_normal(each.name): each for each in _installed(artifact)}
    components = {name: _library(name, each) for name, each in packages.items()}
    files = [_file(name, digest) for name, digest in zips.items()]
    bill.components.update([*components.values(), *files])
    for name, package in packages.items():
        needs = {*_names(package.requires or [])} & components.keys()
        bill.register_dependency(components[name], [components[each] for each in needs])
    asked = [components[name] for name in _names(project["dependencies"])]
    bill.register_dependency(product, [*asked, *files])
    return bill


def _installed(artifact: Artifact) -> Iterator[Distribution]:
    sites = [str(artifact.code_of(name) / "python") for name in artifact.names()]
    return iter(distributions(path=sites))


def _library(name: str, package: Distribution) -> Component:
    told = package.metadata
    licence = told.get("License-Expression") or told.get("License")
    return Component(
        type=ComponentType.LIBRARY,
        name=package.name,
        version=package.version,
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
        purl=PackageURL("pypi", name=name, version=package.version),
        bom_ref=f"{name}@{package.version}",
    )


def _file(name: str, digest: str) -> Component:
    return Component(
        type=ComponentType.FILE,
        name=f"{name}.zip",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        bom_ref=f"{name}.zip",
    )


def _names(requirements: list[str]) -> Iterator[str]:
    for requirement in requirements:
        found = _NAME.match(requirement)
        if found is not None:
            yield _normal(found.group())


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
