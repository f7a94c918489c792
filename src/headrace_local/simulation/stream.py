"""The table's stream and its mapping: shards in order, at least once, to announce."""

from __future__ import annotations

from base64 import b64encode
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any
from zlib import crc32

from headrace_local.simulation import deployment
from headrace_local.simulation.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.simulation.functions import FunctionHost
    from headrace_local.simulation.wires import Network

    type Item = Mapping[str, Any]

SHARDS = 2
WINDOW_SECONDS = 1.0
RETRY_SECONDS = 5.0
ANNOUNCED = ("JOB#", "REJECTION#")


class Stream:
    """What the table's changes are delivered by.

    A shard delivers in order and one batch at a time. A batch that fails as a whole
    comes again in halves; one of which a record failed comes again from that record.
    """

    def __init__(self, network: Network, host: FunctionHost) -> None:
        self._network = network
        self._host = host
        self._numbers = count(1)
        self._shards: list[list[dict[str, Any]]] = [[] for _ in range(SHARDS)]
        self._repeated: set[str] = set()
        self._is_busy = [False] * SHARDS

    def hear(self, _: str, before: Item | None, after: Item | None) -> None:
        """Take in a change of the table, as its mapping's filter lets it through."""
        item = after or before or {}
        pk = item["pk"]["S"]
        if after is None or not pk.startswith(ANNOUNCED):
            return
        shard = crc32(pk.encode()) % SHARDS
        self._shards[shard].append(_record(next(self._numbers), before, after))
        self._begin(shard, WINDOW_SECONDS)

    def waiting(self) -> int:
        """Return how many changes are not announced yet."""
        return sum(map(len, self._shards))

    def _comes_again(self, number: str) -> bool:
        """Whether a batch that was taken is delivered once more."""
        if number in self._repeated:
            return False
        self._repeated.add(number)
        return self._network.plan.strikes(Fault.STREAM_AGAIN, f"stream/{number}")

    def _begin(
        self, shard: int, seconds: float, most: int = deployment.STREAM_BATCH_MAX
    ) -> None:
        if not self._is_busy[shard]:
            self._is_busy[shard] = True
            self._network.loop.after(seconds, partial(self._deliver, shard, most))

    def _deliver(self, shard: int, most: int) -> None:
        records = self._shards[shard][:most]
        self._host.invoke(
            "announce",
            {"Records": records},
            on_end=partial(self._ended, shard, records),
        )

    def _ended(
        self,
        shard: int,
        records: list[dict[str, Any]],
        answer: dict[str, Any] | None,
    ) -> None:
        self._is_busy[shard] = False
        if answer is None:
            self._begin(shard, RETRY_SECONDS, max(1, len(records) // 2))
            return
        numbers = [each["dynamodb"]["SequenceNumber"] for each in records]
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        done = next((n for n, each in enumerate(numbers) if each in failed), None)
        if done is None and self._comes_again(numbers[0]):
            done = 0
        del self._shards[shard][: len(records) if done is None else done]
        if self._shards[shard]:
            self._begin(shard, WINDOW_SECONDS if done is None else RETRY_SECONDS)


def _record(number: int, before: Item | None, after: Item) -> dict[str, Any]:
    """Return a change as Lambda hands it to a function: bytes are text there."""
    images = {"NewImage": _as_json(after)}
    if before is not None:
        images["OldImage"] = _as_json(before)
    return {
        "eventID": f"change-{number}",
        "eventName": "INSERT" if before is None else "MODIFY",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": {name: after[name] for name in ("pk", "sk")},
            "SequenceNumber": f"{number:021}",
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **images,
        },
    }


def _as_json(item: Item) -> dict[str, Any]:
    return {
        name: {"B": b64encode(value["B"]).decode()} if "B" in value else value
        for name, value in item.items()
    }
