"""All that takes part in a chaos run, around one running pipeline."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx

from headrace_local.background import Background
from headrace_local.chaos.blows import SECONDS_BETWEEN, Victim
from headrace_local.chaos.definitions import write_definitions
from headrace_local.chaos.disturbance import Disturbance
from headrace_local.chaos.evidence import Evidence, MessageKind
from headrace_local.chaos.observer import TableReader, TaskReader, read_signs
from headrace_local.chaos.queues import Queues, SentMessages
from headrace_local.chaos.submissions import Sending, Submissions, submissions
from headrace_local.chaos.victims import Killer
from headrace_local.registration import register_jobs

if TYPE_CHECKING:
    from headrace_local.pipeline import Pipeline

LOOK_SECONDS = 2.0
REDRIVE_SECONDS = 1.5
KEEP_UP_SECONDS = 0.5
SEND_SECONDS = 0.1
SENDING_SHARE = 0.95  # of the time that the kills take
WAIT_SECONDS_MAX = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a run is.

    Attributes:
        project: The folder with template.yaml.
        state_folder: Where the pipeline and the witness keep their things.
        seed: Decides what is sent and killed, and when; real time does the rest.
        kills: How many SIGKILLs.
        jobs: How many jobs.
        settle_seconds: How long after the last kill everything may take to end.
    """

    project: Path
    state_folder: Path
    seed: int
    kills: int
    jobs: int
    settle_seconds: float = 180.0

    @property
    def witness(self) -> Path:
        """The folder in which tasks bear witness."""
        return self.state_folder / "witness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was done and seen so far."""

    seconds: float
    phase: str
    kills: Counter[Victim]
    statuses: Counter[str]
    rejections: int
    sent: Counter[str]
    redriven: int
    live_tasks: int
    faults: Counter[str]


@dataclass(slots=True, kw_only=True)
class Scene:
    """The parts of a run; threads of its own send, redrive, disturb and look.

    Attributes:
        failures: What went wrong in a thread, other than that the local ECS was down.
    """

    options: Options
    what: Submissions
    sent: SentMessages
    queues: Queues
    table: TableReader
    tasks: TaskReader
    disturbance: Disturbance
    killer: Killer
    failures: list[Exception] = field(default_factory=list)
    _loops: list[Background] = field(default_factory=list)
    _sender: threading.Thread | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def around(cls, pipeline: Pipeline, http: httpx.Client, options: Options) -> Self:
        """Register the jobs, hasten the queues, and arm the first faults."""
        folder = options.state_folder / "jobs"
        options.witness.mkdir(parents=True)
        write_definitions(folder, options.witness)
        register_jobs(folder, pipeline.environment)
        sent = SentMessages()
        queues = Queues(pipeline.client("sqs"), pipeline.queue_url, sent)
        queues.hasten()
        disturbance = Disturbance(http, options.seed)
        disturbance.keep_up()
        return cls(
            options=options,
            what=submissions(
                seed=options.seed,
                jobs=options.jobs,
                seconds=options.kills * SECONDS_BETWEEN * SENDING_SHARE,
                deployment_id=pipeline.environment["HEADRACE_DEPLOYMENT_ID"],
            ),
            sent=sent,
            queues=queues,
            table=TableReader(pipeline.client("dynamodb"), pipeline.table_name),
            tasks=TaskReader(http),
            disturbance=disturbance,
            killer=Killer(pipeline.servers),
        )

    def begin(self) -> None:
        """Start to send, redrive, disturb and look."""
        self._sender = threading.Thread(target=self._send, name="send", daemon=True)
        self._sender.start()
        self._repeat("tasks", self.tasks.read, LOOK_SECONDS)
        self._repeat("table", self.table.read, LOOK_SECONDS)
        self._repeat("redrive", self.queues.redrive, REDRIVE_SECONDS)
        self._repeat("faults", self.disturbance.keep_up, KEEP_UP_SECONDS)

    def end(self) -> None:
        """Stop all that, and wait for it."""
        self._stopping.set()
        for loop in self._loops:
            loop.ask_to_stop()
        for loop in self._loops:
            loop.wait(WAIT_SECONDS_MAX)
        if self._sender is not None:
            self._sender.join(WAIT_SECONDS_MAX)

    @property
    def is_quiet(self) -> bool:
        """Whether all is sent and nothing moves, as last seen."""
        is_sending = self._sender is not None and self._sender.is_alive()
        if is_sending or self.table.open or self.tasks.live:
            return False
        has_all = len(self.table.jobs) >= len(self.what.plans)
        return has_all and not any(self.queues.left().values())

    @property
    def behind(self) -> int:
        """How many jobs were asked for and have not ended, as last seen."""
        asked = {
            each.job_id
            for each in self.sent.messages()
            if each.kind is MessageKind.SUBMIT
        }
        return len(asked) - (len(self.table.jobs) - self.table.open)

    def tally(self, *, seconds: float, phase: str) -> Tally:
        """Count what was done and seen so far."""
        return Tally(
            seconds=seconds,
            phase=phase,
            kills=Counter(self.killer.kills),
            statuses=self.table.statuses,
            rejections=len(self.table.rejections),
            sent=Counter(str(each.kind) for each in self.sent.messages()),
            redriven=self.queues.redriven,
            live_tasks=self.tasks.live,
            faults=self.disturbance.struck,
        )

    def evidence(self) -> Evidence:
        """Look for the last time, and return all that was gathered."""
        self.tasks.read()
        self.table.read()
        return Evidence(
            plans=self.what.plans,
            messages=self.sent.messages(),
            jobs=self.table.jobs,
            rejections=self.table.rejections,
            tasks=self.tasks.tasks,
            signs=read_signs(self.options.witness),
            killed_tasks=frozenset(self.killer.killed_tasks),
            changed_ends=self.table.changed_ends,
            messages_left=self.queues.left(),
        )

    def _send(self) -> None:
        waiting = list(self.what.sendings)
        try:
            while waiting and not self._stopping.wait(SEND_SECONDS):
                # The kills tell the time: on a busy machine both take longer, and
                # there is work to be killed until the last of them.
                kills = self.killer.kills.total()
                is_over = kills >= self.options.kills
                seconds = math.inf if is_over else kills * SECONDS_BETWEEN
                due = [each for each in waiting if self._is_due(each, seconds)]
                for each in due:
                    self.queues.send(each)
                waiting = [each for each in waiting if each not in due]
        except Exception as error:  # noqa: BLE001 - raised again by the run
            self.failures.append(error)

    def _is_due(self, sending: Sending, seconds: float) -> bool:
        """Whether to send it now; nobody cancels what was not seen to exist."""
        if sending.after_seconds > seconds:
            return False
        is_cancel = sending.kind is MessageKind.CANCEL
        return not is_cancel or self.table.has(sending.job_id or "")

    def _repeat(self, name: str, step: Callable[[], None], seconds: float) -> None:
        def report(error: Exception) -> None:
            # The local ECS does not answer while it is being started again.
            if not isinstance(error, httpx.TransportError):
                self.failures.append(error)

        loop = Background(name, step, seconds=seconds, report=report)
        self._loops.append(loop)
        loop.start()
