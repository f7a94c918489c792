"""The command line `headrace`: each command is a thin layer over the client."""

from __future__ import annotations

from headrace_client.cli.root import main

__all__ = ["main"]
