"""A request whose parameters are elsewhere: how it is stored, and read again.

What is stored has `parametersInS3` beside the parameters that were kept. No request
that comes from outside may have that field.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from headrace.identity import canonical_json
from headrace.requests.request import SpilledParameters, SubmitRequest

_FIELD = "parametersInS3"


def spilled_to(
    request: SubmitRequest,
    *,
    uri: str,
    sha256: str,
    size_bytes: int,
    taken: Iterable[str],
) -> SubmitRequest:
    """Return the request with a reference to its parameters, and those in `taken`."""
    given = request.parameters
    kept = {name: given[name] for name in taken if name in given}
    document = json.loads(request.body_json)
    document["parameters"] = kept
    document[_FIELD] = {"uri": uri, "sha256": sha256, "bytes": size_bytes}
    return replace(
        request,
        parameters=kept,
        spilled=SpilledParameters(uri=uri, sha256=sha256, size_bytes=size_bytes),
        body_json=canonical_json(document),
    )


def reference_in(request_json: str) -> SpilledParameters | None:
    """Return where a stored request's parameters are; None where they are in it."""
    return parted(json.loads(request_json))[1]


def made_whole(request_json: str, content: bytes) -> str:
    """Return a stored request with all of its parameters in it again."""
    document, _ = parted(json.loads(request_json))
    return canonical_json(document | {"parameters": json.loads(content)})


def parted(
    stored: Mapping[str, Any],
) -> tuple[dict[str, Any], SpilledParameters | None]:
    """Return a stored request's own fields, and where its parameters are.

    Raises:
        KeyError: The reference lacks a part.
    """
    document = dict(stored)
    reference = document.pop(_FIELD, None)
    if reference is None:
        return document, None
    return document, SpilledParameters(
        uri=reference["uri"],
        sha256=reference["sha256"],
        size_bytes=reference["bytes"],
    )
