"""What is in the artifact: locked packages, both processors, bytecode, little data."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import struct
from pathlib import Path

import botocore
import pytest
from botocore.loaders import Loader
from botocore.regions import EndpointResolver

from built_artifact import ROOT, SOURCES

MEGABYTES_MAX = 15
# CPython 3.13's magic number, from its Include/internal/pycore_magic_number.h: final
# since 3.13.0a6, so Lambda's python3.13 has it, whatever its last digit.
MAGIC_OF_3_13 = (3571).to_bytes(2, "little") + b"\r\n"
UNCHECKED_HASH = 0b01  # PEP 552: the flags' low bit is set and check_source is not
ELF_MACHINES = {"x86_64": 0x3E, "aarch64": 0xB7}  # e_machine, at byte 18 of the header
SERVICES = ("dynamodb", "ecs", "events", "lambda", "s3", "sqs", "stepfunctions")
LOCKED = re.compile(r"^([a-z0-9-]+)==([^\s\\]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def site(artifact):
    return artifact.code_of("DependenciesLayer") / "python"


def test_all_zips_together_are_small(zips):
    together = sum(map(len, zips.values()))
    assert together <= MEGABYTES_MAX * 1_000_000


def test_the_layer_has_the_locked_packages_and_no_other(site):
    lock = (ROOT / "layers" / "dependencies" / "requirements.txt").read_text()
    installed = {
        (re.sub(r"[-_.]+", "-", each.name).lower(), each.version)
        for each in importlib.metadata.distributions(path=[str(site)])
    }
    assert installed == set(LOCKED.findall(lock))


def test_every_file_is_what_its_package_records(site):
    recorded = set()
    for package in importlib.metadata.distributions(path=[str(site)]):
        for file in package.files or ():
            recorded.add(Path(file))
            if file.hash is not None:
                assert len(file.read_binary()) == file.size, file
    shipped = {path.relative_to(site) for path in site.rglob("*") if path.is_file()}
    assert {path for path in shipped if path.suffix != ".pyc"} == recorded


@pytest.mark.parametrize("processor", ELF_MACHINES)
def test_native_modules_are_there_for_either_processor(site, processor):
    modules = list(site.rglob("*.so"))
    assert modules
    names = {path.name.split(".")[0] for path in modules}
    fitting = [
        path for path in modules if f"cpython-313-{processor}-linux" in path.name
    ]
    assert {path.name.split(".")[0] for path in fitting} == names
    for path in fitting:
        (machine,) = struct.unpack_from("<H", path.read_bytes(), 18)
        assert machine == ELF_MACHINES[processor], path


@pytest.mark.parametrize("name", SOURCES)
def test_every_module_has_bytecode_that_the_runtime_takes_unchecked(artifact, name):
    sources = list(artifact.code_of(name).rglob("*.py"))
    assert sources
    for source in sources:
        header = Path(importlib.util.cache_from_source(str(source))).read_bytes()[:8]
        assert header[:4] == MAGIC_OF_3_13, source
        assert int.from_bytes(header[4:], "little") == UNCHECKED_HASH, source


def test_data_is_shipped_of_no_service_but_those_that_functions_call(site):
    models = {path.parent.parent.name for path in site.rglob("service-2.json*")}
    assert models == set(SERVICES)
    endpoints = json.loads((site / "botocore" / "data" / "endpoints.json").read_text())
    for partition in endpoints["partitions"]:
        assert set(partition["services"]) <= set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_called_as_the_published_data_has_it(site, service):
    published = Path(botocore.__file__).parent / "data"
    ours, theirs = (
        Loader(extra_search_paths=[str(path)], include_default_search_paths=False)
        for path in (site / "botocore" / "data", published)
    )
    assert _without_prose(ours.load_service_model(service, "service-2")) == (
        _without_prose(theirs.load_service_model(service, "service-2"))
    )
    for kind in ("endpoint-rule-set-1", "paginators-1"):
        assert ours.load_service_model(service, kind) == (
            theirs.load_service_model(service, kind)
        )
    endpoints_of_ours, endpoints_of_theirs = (
        EndpointResolver(each.load_data("endpoints")) for each in (ours, theirs)
    )
    assert set(endpoints_of_ours.get_available_partitions()) == set(
        endpoints_of_theirs.get_available_partitions()
    )
    for partition in endpoints_of_theirs.get_available_partitions():
        regions = endpoints_of_theirs.get_available_endpoints(service, partition)
        assert regions == endpoints_of_ours.get_available_endpoints(service, partition)
        for region in regions:
            assert endpoints_of_ours.construct_endpoint(service, region) == (
                endpoints_of_theirs.construct_endpoint(service, region)
            )


def _without_prose(value):
    if isinstance(value, dict):
        return {
            name: _without_prose(each)
            for name, each in value.items()
            if not (name == "documentation" and isinstance(each, str))
        }
    return (
        [_without_prose(each) for each in value] if isinstance(value, list) else value
    )
