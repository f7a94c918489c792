"""The artifact is built once for all tests here, by the SAM CLI and with its cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from built_artifact import build_with_sam
from headrace_local.artifact import Artifact
from network import allow_loopback

if TYPE_CHECKING:
    from pathlib import Path


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
