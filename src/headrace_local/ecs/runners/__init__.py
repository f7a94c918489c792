"""The port through which containers are run, and the adapters behind it."""

from __future__ import annotations
