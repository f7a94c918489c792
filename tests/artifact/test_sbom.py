"""The bill of materials tells what is in the built layers."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from built_artifact import ROOT
from headrace_local.artifact import digest_of


@pytest.fixture(scope="module")
def text(artifact, tmp_path_factory):
    target = tmp_path_factory.mktemp("sbom") / "sbom.cdx.json"
    command = [sys.executable, ROOT / "tools" / "sbom.py", artifact.build, target]
    subprocess.run(command, check=True)  # noqa: S603 - our own tool
    return target.read_text()


@pytest.fixture(scope="module")
def product(text):
    return json.loads(text)["metadata"]["component"]


@pytest.fixture(scope="module")
def components(text):
    return json.loads(text)["components"]


def test_it_is_cyclonedx(text):
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def importable(site):
    """Return the names of what a layer's folder lets be imported."""
    return {
        path.name.removesuffix(".py")
        for path in site.iterdir()
        if path.suffix not in {".dist-info", ".so"} and path.name != "__pycache__"
    }


def test_whatever_can_be_imported_from_a_layer_has_a_component(
    artifact, product, components
):
    listed = {(each["name"], each.get("version")) for each in components}
    owners = {"headrace": (product["name"], product["version"])}
    site = artifact.code_of("DependenciesLayer") / "python"
    for package in importlib.metadata.distributions(path=[str(site)]):
        for file in package.files or ():
            owner = (package.name, package.version)
            owners[file.parts[0].removesuffix(".py")] = owner
    listed.add(owners["headrace"])
    assert importable(artifact.code_of("HeadraceLayer") / "python") == {"headrace"}
    assert importable(site) >= {"boto3", "pydantic", "six"}
    for name in importable(site):
        assert owners.get(name) in listed, name


def test_each_library_has_a_licence_and_a_package_url(components):
    libraries = [each for each in components if each["type"] == "library"]
    assert all(each["licenses"] and each["purl"] for each in libraries)


def test_it_names_the_zips_by_their_digests(zips, components):
    told = {
        each["name"]: each["hashes"][0]["content"]
        for each in components
        if each["type"] == "file"
    }
    assert told == {f"{name}.zip": digest_of(content) for name, content in zips.items()}


def test_what_we_asked_for_is_what_the_product_needs(text, product):
    needs = {
        each["ref"]: each.get("dependsOn", [])
        for each in json.loads(text)["dependencies"]
    }
    asked = {ref.split("@")[0] for ref in needs[product["bom-ref"]] if "@" in ref}
    assert asked == {"aws-lambda-powertools", "boto3", "jsonschema", "pydantic"}
