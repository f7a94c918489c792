"""Opens this machine's own servers to tests. Sockets are closed everywhere else."""

from __future__ import annotations

import pytest

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def allow_loopback(item: pytest.Item) -> None:
    """Let one test connect to this machine, and to no other."""
    item.add_marker(pytest.mark.allow_hosts(list(_LOOPBACK)))
