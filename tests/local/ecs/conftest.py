"""What most tests of the local ECS start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ecs_engine import make_engine

if TYPE_CHECKING:
    from ecs_engine import EcsEngine


@pytest.fixture
def ecs() -> EcsEngine:
    """Return an engine whose containers exit 0 as soon as they run."""
    return make_engine()
