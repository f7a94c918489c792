"""Announce: a batch of the table's changes, or what operators ask to be told again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace import cold_start, wiring  # in this order
from headrace.aws.stream_records import read_told
from headrace.settings import AnnounceSettings
from headrace.stages.announce import announce

if TYPE_CHECKING:
    from headrace.ports import Ports

RESERVE_MILLISECONDS = 25_000
"""Left for what is under way, and for letters of what was not begun."""


def handler(
    event: dict[str, Any],
    context: Any,  # noqa: ANN401 - AWS gives no type
    *,
    ports: Ports | None = None,
) -> dict[str, Any]:
    """Announce each change; name the first one to deliver again."""

    def has_time() -> bool:
        remaining: int = context.get_remaining_time_in_millis()
        return remaining > RESERVE_MILLISECONDS

    with wiring.invocation(ports or wiring.ports(AnnounceSettings), context) as world:
        tally = announce(read_told(event), world, has_time=has_time)
    failed = [{"itemIdentifier": each} for each in tally.failed]
    if "Records" in event:
        return {"batchItemFailures": failed}
    return {"published": tally.published, "missing": tally.missing, "failed": failed}


wiring.prepare(AnnounceSettings)
cold_start.over()
