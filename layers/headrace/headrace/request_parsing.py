"""Reading a job request from a message's body, which may be anything.

Ends in a value or in `InvalidRequest`, in time linear in the body. No catalogue and
no store.
"""

from __future__ import annotations

from datetime import datetime

from headrace.request import JobRequest


def parse_request(body: str, *, pinned_tenant: str | None, now: datetime) -> JobRequest:
    """Read a request.

    ``pinned_tenant`` is the only tenant that the queue serves, if it is pinned;
    ``now`` bounds `scheduledAt`.

    Raises:
        InvalidRequest: Whatever is wrong with the body; nothing else is raised.
    """
    raise NotImplementedError


def restored(body_json: str) -> JobRequest:
    """Read an accepted request again from its `body_json`; nothing is checked anew
    that depends on the time or on the queue.
    """
    raise NotImplementedError
