"""Where an event goes, by EventBridge's own public calls on the upstream."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headrace_local.ecs.patterns import paths_of, values_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace_local.ecs.patterns import Path

logger = logging.getLogger(__name__)

CACHE_SECONDS = 1.0
VERDICTS_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One SQS target of a rule.

    Attributes:
        queue_arn: The queue.
        input_path: The part of the event to send, as a JSON path; None is all of it.
        input_text: What is sent instead of the event.
        message_group_id: For a FIFO queue.
    """

    queue_arn: str
    input_path: str | None = None
    input_text: str | None = None
    message_group_id: str | None = None

    def body(self, event: Mapping[str, Any]) -> str:
        """Return the message body that this target gets of an event."""
        if self.input_text is not None:
            return self.input_text
        part: Any = event
        for key in (self.input_path or "$").split(".")[1:]:
            part = part.get(key) if isinstance(part, dict) else None
        return json.dumps(part, separators=(",", ":"))


@dataclass(slots=True)
class _Rule:
    name: str
    pattern: str
    paths: frozenset[Path]
    targets: tuple[Target, ...]


@dataclass(slots=True)
class Routes:
    """The rules of the default event bus and what they have decided.

    Attributes:
        events: A boto3 EventBridge client on the upstream.
        monotonic: Counts the seconds that rules and targets stay cached.
    """

    events: Any
    monotonic: Callable[[], float] = time.monotonic
    _rules: tuple[_Rule, ...] = ()
    _read_at: float = float("-inf")
    _verdicts: dict[tuple[str, str], bool] = field(default_factory=dict)
    _warned: set[str] = field(default_factory=set)

    def targets(self, event: Mapping[str, Any]) -> list[Target]:
        """Return the SQS targets of an event; botocore's errors come through."""
        if self.monotonic() - self._read_at >= CACHE_SECONDS:
            self._rules = tuple(self._read_rules())
            self._read_at = self.monotonic()
        return [
            target
            for rule in self._rules
            if rule.targets and self._matches(rule, event)
            for target in rule.targets
        ]

    def _matches(self, rule: _Rule, event: Mapping[str, Any]) -> bool:
        key = (rule.pattern, values_at(event, rule.paths))
        if key not in self._verdicts:
            if len(self._verdicts) >= VERDICTS_MAX:
                self._verdicts.clear()
            answer = self.events.test_event_pattern(
                EventPattern=rule.pattern, Event=json.dumps(event)
            )
            self._verdicts[key] = bool(answer["Result"])
        return self._verdicts[key]

    def _read_rules(self) -> list[_Rule]:
        found = []
        for page in self.events.get_paginator("list_rules").paginate():
            for rule in page["Rules"]:
                pattern = rule.get("EventPattern")
                if pattern and rule.get("State") != "DISABLED":
                    found.append(
                        _Rule(
                            name=rule["Name"],
                            pattern=pattern,
                            paths=paths_of(json.loads(pattern)),
                            targets=tuple(self._read_targets(rule["Name"])),
                        )
                    )
        return found

    def _read_targets(self, rule_name: str) -> list[Target]:
        pages = self.events.get_paginator("list_targets_by_rule").paginate(
            Rule=rule_name
        )
        targets = []
        for each in (each for page in pages for each in page["Targets"]):
            problem = _problem(each)
            if problem is None:
                targets.append(
                    Target(
                        queue_arn=each["Arn"],
                        input_path=each.get("InputPath"),
                        input_text=each.get("Input"),
                        message_group_id=each.get("SqsParameters", {}).get(
                            "MessageGroupId"
                        ),
                    )
                )
            else:
                self._warn_once(rule_name, each["Arn"], problem)
        return targets

    def _warn_once(self, rule_name: str, arn: str, problem: str) -> None:
        if f"{rule_name} {arn}" not in self._warned:
            self._warned.add(f"{rule_name} {arn}")
            logger.warning(
                "rule %s gets no ECS events at %s: %s", rule_name, arn, problem
            )


def _problem(target: Mapping[str, Any]) -> str | None:
    """Return why a target cannot be served, or None."""
    if str(target["Arn"]).split(":")[2:3] != ["sqs"]:
        return "only SQS targets are supported; put a queue between"
    if target.get("InputTransformer"):
        return "InputTransformer is not supported"
    path = target.get("InputPath")
    if path and ("[" in path or "*" in path or not path.startswith("$")):
        return f"InputPath {path} is not a plain path"
    return None
