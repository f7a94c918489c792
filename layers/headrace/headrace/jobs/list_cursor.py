"""The cursor of a listing: where the next page begins, as text to hand back.

It holds a place in time and nothing else, so it shows nothing of other tenants.
"""

from __future__ import annotations

import base64
import binascii
import json

_REFUSAL = "cursor: must be one that an earlier page gave"


def to_cursor(last: str) -> str:
    """Return the cursor of the page after the entry at `last`."""
    return base64.urlsafe_b64encode(json.dumps({"after": last}).encode()).decode()


def read_cursor(cursor: str) -> str:
    """Return the place that `to_cursor` was given.

    Raises:
        ValueError: The text is no cursor of ours.
    """
    try:
        match json.loads(base64.urlsafe_b64decode(cursor)):
            case {"after": str(last)}:
                return last
    except (binascii.Error, ValueError) as error:
        raise ValueError(_REFUSAL) from error
    raise ValueError(_REFUSAL)
