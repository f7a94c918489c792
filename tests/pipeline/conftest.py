"""The whole pipeline runs in servers on this machine, once for all tests here."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headrace_local.pipeline import Pipeline, PipelineOptions
from network import allow_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace_local.happenings import Happening

PROJECT = Path(__file__).parents[2]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the tests of this folder, and of no other, connect to this machine."""
    allow_loopback(item)
    item.add_marker(pytest.mark.pipeline)


@dataclass(slots=True)
class Heard:
    """What the pipeline told; filled by its threads."""

    happenings: list[Happening] = field(default_factory=list)

    def of(self, subject: str) -> list[str]:
        """Return what was told of one subject, oldest first."""
        return [each.text for each in self.happenings if each.subject == subject]


@pytest.fixture(scope="session")
def heard() -> Heard:
    """What the pipeline told so far."""
    return Heard()


@pytest.fixture(scope="session")
def pipeline(
    tmp_path_factory: pytest.TempPathFactory, heard: Heard
) -> Iterator[Pipeline]:
    """This project's own pipeline, with tasks as subprocesses; edits do not go live."""
    options = PipelineOptions(
        project=PROJECT,
        state_folder=tmp_path_factory.mktemp("pipeline"),
        runner="subprocess",
        reload=False,
    )
    with Pipeline(options, heard.happenings.append) as running:
        yield running
