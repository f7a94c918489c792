"""The pipeline and the container engine are servers on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network import allow_loopback

if TYPE_CHECKING:
    import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the tests of this folder, and of no other, connect to this machine."""
    allow_loopback(item)
