"""`EventBus` on EventBridge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from headrace.announcements.event import DETAIL_TYPE, SOURCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.announcements.event import Announcement


class EventBridgeBus:
    """Publishes to one bus.

    Args:
        client: A low-level client of EventBridge.
        name: The bus's.
    """

    def __init__(self, client: Any, name: str) -> None:  # noqa: ANN401 - botocore's
        self._client = client
        self._name = name

    def put(self, announcements: Sequence[Announcement]) -> Sequence[str | None]:
        """See `EventBus`; a call that fails as a whole took nothing of it."""
        entries = [
            {
                "EventBusName": self._name,
                "Source": SOURCE,
                "DetailType": DETAIL_TYPE,
                "Detail": each.detail_json,
                "Resources": [],
                "Time": each.at,
            }
            for each in announcements
        ]
        try:
            answer = self._client.put_events(Entries=entries)
        except (BotoCoreError, ClientError) as error:
            return [str(error)] * len(entries)
        return [_trouble_in(each) for each in answer["Entries"]]


def _trouble_in(entry: dict[str, Any]) -> str | None:
    """Return why an entry was not taken: PutEvents says so entry by entry."""
    if "ErrorCode" not in entry:
        return None
    return f"{entry['ErrorCode']}: {entry.get('ErrorMessage', '')}"
