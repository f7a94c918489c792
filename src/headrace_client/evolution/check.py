"""The check that `register` and `activate` make before they switch a version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from headrace_client.aws_problems import speaking_to_aws
from headrace_client.errors import ClientError
from headrace_client.evolution.findings import Candidate, Evolution, Unchecked
from headrace_client.evolution.judging import Tally, may_refuse
from headrace_client.evolution.large_parameters import LargeParameters
from headrace_client.evolution.rules import RuleTargets
from headrace_client.evolution.schedules import SchedulerTargets
from headrace_client.evolution.untaken_messages import UntakenMessages
from headrace_client.evolution.waiting_jobs import WaitingJobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from headrace_client.connection import Connection
    from headrace_client.evolution.findings import Step


class Source(Protocol):
    """Where requests are that were sent, or will be."""

    @property
    def what(self) -> str:
        """What it looks at, to go on after "look at"."""
        ...

    def candidates(
        self, names: frozenset[str], on_progress: Callable[[str], object]
    ) -> Iterator[Candidate | Unchecked]:
        """Yield the requests for these definitions that name no version.

        Raises:
            botocore.exceptions.ClientError: It may not be looked at.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EvolutionCheck:
    """Judges switches of active versions.

    Attributes:
        sources: Makes what it looks at; not called where nothing is to be judged, as
            clients cost time. What may not be looked at is told, not raised.
        on_progress: Told what is being looked at.
    """

    sources: Callable[[], Sequence[Source]]
    on_progress: Callable[[str], object] = lambda _: None

    @classmethod
    def over(
        cls,
        connection: Connection,
        on_progress: Callable[[str], object] = lambda _: None,
    ) -> Self:
        """Return the check of a deployment that was found: all that sends to it."""
        clients, deployment = connection.clients, connection.deployment
        url = deployment.request_queue_url
        return cls(
            sources=lambda: [
                WaitingJobs(
                    clients.dynamodb,
                    deployment.job_table_name,
                    LargeParameters(lambda: clients.of("s3")),
                ),
                UntakenMessages(sqs=clients.sqs, url=url),
                SchedulerTargets(
                    scheduler=clients.of("scheduler"), sqs=clients.sqs, url=url
                ),
                RuleTargets(events=clients.of("events"), sqs=clients.sqs, url=url),
            ],
            on_progress=on_progress,
        )

    def check(self, steps: Sequence[Step]) -> Mapping[str, Evolution]:
        """Judge switches of different names, with one look at each source."""
        tallies = {
            step.new.definition.name: Tally(step) for step in steps if may_refuse(step)
        }
        unchecked: list[Unchecked] = []
        if tallies:
            for found in self._candidates(frozenset(tallies)):
                if isinstance(found, Unchecked):
                    unchecked.append(found)
                elif found.request.job_version is None:
                    tallies[found.request.job_name].judge(found)
        return {
            step.new.definition.name: (
                tallies[step.new.definition.name].evolution(unchecked)
                if step.new.definition.name in tallies
                else Evolution(step=step)
            )
            for step in steps
        }

    def _candidates(self, names: frozenset[str]) -> Iterator[Candidate | Unchecked]:
        for source in self.sources():
            self.on_progress(f"looking at {source.what}")
            try:
                with speaking_to_aws(f"look at {source.what}"):
                    yield from source.candidates(names, self.on_progress)
            except ClientError as error:
                yield Unchecked(error.problem)
