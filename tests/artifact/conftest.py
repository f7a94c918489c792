"""The artifact is built once for all tests here, by the SAM CLI."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from built_artifact import build_with_sam
from headrace_local.artifact import Artifact
from headrace_local.servers import Servers
from headrace_local.state_folder import StateFolder
from network import allow_loopback
from runtime_emulator import lay_out_runtime
from runtime_world import RuntimeWorld, make_cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from headrace_local.access import AwsAccess


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the tests of this folder, and of no other, connect to this machine."""
    allow_loopback(item)


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """What `make build` makes of the sources as they are."""
    return build_with_sam(tmp_path_factory.mktemp("artifact"))


@pytest.fixture(scope="session")
def zips(artifact: Artifact) -> dict[str, bytes]:
    """Each layer and function as a zip file."""
    return {name: artifact.zipped(name) for name in artifact.names()}


@pytest.fixture(scope="session")
def unpacked(artifact: Artifact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact zipped and unpacked as Lambda does: ``opt``, and a folder each."""
    folder = tmp_path_factory.mktemp("unpacked")
    for function in artifact.functions:
        artifact.unpack(function, task=folder / function, opt=folder / "opt")
    return folder


@pytest.fixture(scope="session")
def access(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccess]:
    """An emulated AWS with a local ECS, and nothing deployed to it."""
    with StateFolder(tmp_path_factory.mktemp("aws"), keep=False) as folder:
        servers = Servers.start(
            folder,
            emulator_port=None,
            ecs_port=None,
            runner="subprocess",
            time_scale=60,
        )
        try:
            servers.wait_until_ready()
            yield servers.access
        finally:
            servers.stop()


@pytest.fixture(scope="session")
def cluster_arn(access: AwsAccess) -> str:
    """A cluster of that ECS."""
    return make_cluster(access)


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lambda's runtime for Python."""
    return lay_out_runtime(tmp_path_factory.mktemp("runtime") / "python")


@pytest.fixture
def a_world(
    artifact: Artifact,
    unpacked: Path,
    runtime: Path,
    access: AwsAccess,
    cluster_arn: str,
    tmp_path: Path,
) -> Callable[..., RuntimeWorld]:
    """Make an empty table, reached through gates that are open."""
    return partial(
        RuntimeWorld,
        access=access,
        artifact=artifact,
        unpacked=unpacked,
        runtime=runtime,
        cluster_arn=cluster_arn,
        folder=tmp_path,
    )


@pytest.fixture
def world(a_world: Callable[..., RuntimeWorld]) -> Iterator[RuntimeWorld]:
    """Yield one."""
    with a_world() as made:
        yield made
