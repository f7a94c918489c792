"""EventBridge's rules that send to the request queue.

Source of the words: Amazon EventBridge User Guide, "Input transformation".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from headrace_client.aws_problems import speaking_to_aws
from headrace_client.bodies import rfc3339
from headrace_client.errors import ClientError
from headrace_client.evolution.bodies_read import candidate_of
from headrace_client.evolution.findings import Candidate, Kind, Unchecked
from headrace_client.evolution.schedules import queue_arn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTargets:
    """The rules of the default bus that a queue is a target of.

    Attributes:
        events: A low-level client.
        sqs: Another, which knows the queue's ARN.
        url: The queue's.
        now: The clock.
    """

    events: Any
    sqs: SQSClient
    url: str
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def what(self) -> str:
        """See `Source`."""
        return "EventBridge's rules"

    def candidates(
        self, names: frozenset[str], on_progress: Callable[[str], object]
    ) -> Iterator[Candidate | Unchecked]:
        """See `Source`. A rule is judged by what it would send now."""
        arn = queue_arn(self.sqs, self.url)
        for name in self._names(arn):
            on_progress(f"looking at the rule {name}")
            try:
                with speaking_to_aws(f"look at the targets of the rule {name}"):
                    targets = self.events.list_targets_by_rule(Rule=name)["Targets"]
            except ClientError as error:
                yield Unchecked(error.problem)
                continue
            for target in targets:
                if target["Arn"] == arn:
                    yield from self._of_target(name, target, names)

    def _names(self, arn: str) -> Iterator[str]:
        pages = self.events.get_paginator("list_rule_names_by_target")
        for page in pages.paginate(TargetArn=arn):
            yield from page["RuleNames"]

    def _of_target(
        self, rule: str, target: Mapping[str, Any], names: frozenset[str]
    ) -> Iterator[Candidate | Unchecked]:
        now = self.now()
        transformer = target.get("InputTransformer")
        body = target.get("Input", "")
        if transformer is not None:
            paths = transformer.get("InputPathsMap", {})
            known = {"$.time": rfc3339(now), "$.id": "one-fire"}
            if paths.values() - known.keys():
                yield Unchecked(
                    f"What the rule {rule} sends depends on the event that it fires"
                    " for."
                )
                return
            words = {name: known[path] for name, path in paths.items()}
            body = transformed(transformer["InputTemplate"], words, rule)
        found = candidate_of(body, kind=Kind.RULE, name=rule, names=names, at=now)
        if found is not None:
            yield found


def transformed(template: str, words: dict[str, str], rule: str) -> str:
    """Return what a rule sends, its words filled in."""
    for name, value in (words | {"aws.events.rule-name": rule}).items():
        template = template.replace(f"<{name}>", value)
    return template
