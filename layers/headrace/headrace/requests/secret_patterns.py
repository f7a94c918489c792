"""Credentials that people paste into messages, recognised by their shape.

Finds and redacts; decides nothing. Every pattern runs in time linear in the text,
because the text is anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

# Shapes and their sources. The token alphabets are anchored by what may not come
# before them, so that a megabyte of near misses is scanned once.
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    # IAM User Guide, "IAM identifiers", unique id prefixes.
    "AWS access key id": re.compile(
        r"(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])"
    ),
    # RFC 7468 section 2; certificates too: a message is not the place for them.
    "PEM block": re.compile(r"-----BEGIN [A-Z0-9 ]{1,64}-----"),
    # RFC 7515 section 3.1: three base64url parts, the first a JSON object ("{\"").
    "JSON Web Token": re.compile(
        r"(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]*?eyJ[A-Za-z0-9_-]{8})"
        r"[A-Za-z0-9_-]++\.[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8}"
    ),
    # Slack, "Token types": xoxb-, xoxp-, xoxe.xoxp-, ...
    "Slack token": re.compile(r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{8}"),
}
_SECRET_NAME = re.compile(
    r"passw(?:or)?d|passphrase|secret|token|credential|api_?-?key|private_?-?key",
    re.IGNORECASE,
)

type Path = tuple[str | int, ...]


def secret_kind(text: str) -> str | None:
    """Return what kind of credential the text contains, or None."""
    for kind, pattern in _PATTERNS.items():
        if pattern.search(text):
            return kind
    return None


def names_a_secret(name: str) -> bool:
    """Tell whether a field of this name is likely to hold a secret."""
    return _SECRET_NAME.search(name) is not None


def find_secret(value: Any) -> tuple[Path, str] | None:  # noqa: ANN401  # any JSON value
    """Return the path and kind of the first credential in keys or values, or None.

    A credential in a key has the path of that key. The value must not nest deeper
    than the interpreter's recursion limit; parsed requests do not.
    """
    for path, text in _texts(value, ()):
        kind = secret_kind(text)
        if kind is not None:
            return path, kind
    return None


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:  # noqa: ANN401  # any JSON value
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield (*path, key), key
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
