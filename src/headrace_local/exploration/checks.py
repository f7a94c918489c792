"""What must hold: of every write of the record, and in every state."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.identity import parse_started_by
from headrace.jobs.job import Job, JobStatus
from headrace.jobs.moves import MOVES, Move
from headrace_local.exploration.scope import LAUNCHES_MAX, SUCCEEDED
from headrace_local.exploration.tokens import Token

_PRODUCT_MOVES = dict(MOVES)
_SAY_NO_TASK = frozenset({Move.REFUSE, Move.PROVE_ABSENT})


class Violated(Exception):
    """A promise is broken; the text says which, and how."""


def check_write(before: Job, after: Job, move: Move, tokens: Sequence[Token]) -> None:
    """Check a write of the record, made by a move of the table.

    Raises:
        Violated: The write breaks a promise.
    """
    if before.status.is_terminal:
        raise Violated(f"a terminal status changes: {before.status} is written over")
    rule = _PRODUCT_MOVES[move]
    allowed = rule.targets or {before.status}
    if before.status not in rule.sources or after.status not in allowed:
        raise Violated(
            f"a write outside the table: {move} from {before.status} to {after.status}"
        )
    if move is Move.INTEND:
        if _launch(after) <= _launch(before):
            raise Violated(f"a launch number is used again: {after.token}")
    elif after.token != before.token:
        raise Violated(f"{move} changes the launch to {after.token}")
    if move in _SAY_NO_TASK and tokens[before.launch_number - 1].tasks:
        raise Violated(f"{move} of launch {before.launch_number}, which made a task")
    check_end(after, tokens)


def check_end(job: Job, tokens: Sequence[Token]) -> None:
    """Check the evidence behind an end that is being written.

    Raises:
        Violated: There is none, or there is evidence of another end.
    """
    token = tokens[job.launch_number - 1] if job.launch_number else Token()
    if job.status is JobStatus.SUCCEEDED and token.phase != SUCCEEDED:
        raise Violated(
            f"SUCCEEDED without evidence: the task of launch {job.launch_number}"
            f" is {token.phase or 'not there'}"
        )
    if job.status is JobStatus.LOST and token.is_visible:
        raise Violated(
            f"LOST while ECS shows the task of launch {job.launch_number}:"
            f" {token.phase}"
        )


def check_state(job: Job | None, tokens: Sequence[Token]) -> None:
    """Check the tasks that there are against the record.

    Raises:
        Violated: There is one too many.
    """
    for number, token in enumerate(tokens, start=1):
        if token.tasks > 1:
            raise Violated(f"launch {number} made {token.tasks} tasks")
    alive = [n for n, token in enumerate(tokens, start=1) if token.is_alive]
    if len(alive) > 1:
        raise Violated("the job has two live tasks, of launches 1 and 2")
    if alive and job is not None and job.status.is_terminal:
        raise Violated(f"the job is {job.status} while its task {alive[0]} lives")


def is_over(job: Job | None) -> bool:
    """Tell whether the job has ended, or would go beyond the explored launches."""
    if job is None:
        return False
    is_beyond = job.launch_number >= LAUNCHES_MAX and job.status is JobStatus.RUNNABLE
    return job.status.is_terminal or is_beyond


def _launch(job: Job) -> tuple[int, int]:
    started = parse_started_by(job.token)
    return (started.attempt, started.launch) if started else (0, 0)
