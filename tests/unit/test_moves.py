"""The table of moves: each guard refuses, and nothing else refuses in its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOW, TASK_ARN, a_job, a_launch, an_outcome
from headrace.errors import IllegalMove
from headrace.jobs import guards, moves
from headrace.jobs.guards import Facts
from headrace.jobs.job import DesiredStatus, JobStatus, WaitReason
from headrace.jobs.moves import MOVES, Move, forbids, make
from headrace.windows import Windows

WINDOWS = Windows()
FRESH = a_launch(
    intended_at=NOW,
    last_sent_at=NOW,
    lease_until_at=NOW + timedelta(seconds=90),
    lease_owner="me",
)


def later(seconds):
    return NOW + timedelta(seconds=seconds)


def facts(**changes):
    fields = {
        "now": NOW,
        "operation_id": "operation-2",
        "windows": WINDOWS,
        "by": "record",
        "owner": "me",
        "attempt": 1,
        "launch_number": 1,
        "version": 4,
        "is_stopped": True,
        "is_certain": True,
        "search_began_at": None,
    }
    return Facts(**(fields | changes))


WAITING_JOB = a_job(status=JobStatus.RUNNABLE)
STARTING_JOB = a_job(status=JobStatus.STARTING, launch=FRESH)
RUNNING_JOB = a_job(
    status=JobStatus.RUNNING,
    launch=replace(FRESH, task_arn=TASK_ARN, last_version=3, started_at=NOW),
)
MISSING_JOB = replace(
    RUNNING_JOB, launch=replace(RUNNING_JOB.launch, missing_count=3, missing_at=NOW)
)
AFTER_LEASE = later(90 + 60 + 1)
QUIET_AT = later(1080)

# For each move: a job and facts for which it is legal.
LEGAL = {
    Move.INTEND: (WAITING_JOB, facts()),
    Move.ADOPT: (STARTING_JOB, facts()),
    Move.REFUSE: (STARTING_JOB, facts()),
    Move.DOUBT: (STARTING_JOB, facts()),
    Move.REPLAY: (STARTING_JOB, facts(now=AFTER_LEASE)),
    Move.PROVE_ABSENT: (
        STARTING_JOB,
        facts(now=later(1090), search_began_at=QUIET_AT),
    ),
    Move.GIVE_UP: (
        STARTING_JOB,
        facts(now=later(3480), search_began_at=later(3479)),
    ),
    Move.RUN: (STARTING_JOB, facts()),
    Move.FINISH: (RUNNING_JOB, facts()),
    Move.RETRY: (RUNNING_JOB, facts()),
    Move.WITHDRAW: (
        replace(WAITING_JOB, desired_status=DesiredStatus.CANCELLED),
        facts(),
    ),
    Move.DENY: (WAITING_JOB, facts()),
    Move.CANCEL: (RUNNING_JOB, facts()),
    Move.MISS: (RUNNING_JOB, facts()),
    Move.LOSE: (MISSING_JOB, facts(now=later(600))),
    Move.ASK_STOP: (RUNNING_JOB, facts()),
    Move.RELEASE: (WAITING_JOB, facts()),
    Move.WAIT: (RUNNING_JOB, facts()),
    Move.NOTE_STRAY: (RUNNING_JOB, facts()),
    Move.NOTIFY: (RUNNING_JOB, facts()),
}


def with_launch(job, **changes):
    return replace(job, launch=replace(job.launch, **changes))


def cancelled(job):
    return replace(job, desired_status=DesiredStatus.CANCELLED)


# For each guard of each move: the one change that it alone must refuse.
REFUSED = [
    (Move.INTEND, guards.is_wanted, cancelled(WAITING_JOB), facts()),
    (
        Move.INTEND,
        guards.is_not_early,
        replace(WAITING_JOB, not_before_at=later(1)),
        facts(),
    ),
    (
        Move.INTEND,
        guards.is_before_deadline,
        replace(WAITING_JOB, start_deadline_at=NOW),
        facts(),
    ),
    (Move.ADOPT, guards.is_same_launch, STARTING_JOB, facts(launch_number=2)),
    (Move.REFUSE, guards.is_same_launch, STARTING_JOB, facts(attempt=2)),
    (Move.REFUSE, guards.holds_lease, STARTING_JOB, facts(owner="other")),
    (Move.REFUSE, guards.is_first_send, with_launch(STARTING_JOB, sends=2), facts()),
    (Move.REFUSE, guards.is_certain, STARTING_JOB, facts(is_certain=False)),
    (Move.DOUBT, guards.is_same_launch, STARTING_JOB, facts(launch_number=2)),
    (Move.DOUBT, guards.holds_lease, STARTING_JOB, facts(owner="other")),
    (Move.REPLAY, guards.is_wanted, cancelled(STARTING_JOB), facts(now=AFTER_LEASE)),
    (Move.REPLAY, guards.is_lease_over, STARTING_JOB, facts(now=later(150))),
    (
        Move.REPLAY,
        guards.is_not_refused,
        with_launch(STARTING_JOB, is_refused=True),
        facts(now=AFTER_LEASE),
    ),
    (Move.REPLAY, guards.is_in_replay_window, STARTING_JOB, facts(now=later(600))),
    (
        Move.REPLAY,
        guards.is_task_unknown,
        with_launch(STARTING_JOB, task_arn=TASK_ARN),
        facts(now=AFTER_LEASE),
    ),
    (
        Move.PROVE_ABSENT,
        guards.is_task_unknown,
        with_launch(STARTING_JOB, task_arn=TASK_ARN),
        facts(now=later(1090), search_began_at=QUIET_AT),
    ),
    (
        Move.PROVE_ABSENT,
        guards.is_quiet,
        STARTING_JOB,
        facts(now=later(1090), search_began_at=later(1079)),
    ),
    (
        Move.PROVE_ABSENT,
        guards.is_evidence_visible,
        STARTING_JOB,
        facts(now=later(3480), search_began_at=QUIET_AT),
    ),
    (
        Move.GIVE_UP,
        guards.is_task_unknown,
        with_launch(STARTING_JOB, task_arn=TASK_ARN),
        facts(now=later(3480), search_began_at=later(3479)),
    ),
    (Move.GIVE_UP, guards.was_searched, STARTING_JOB, facts(now=later(3480))),
    (
        Move.GIVE_UP,
        guards.is_evidence_gone,
        STARTING_JOB,
        facts(now=later(3479), search_began_at=later(3478)),
    ),
    (Move.RUN, guards.is_same_launch, STARTING_JOB, facts(launch_number=2)),
    (Move.RUN, guards.is_newer, RUNNING_JOB, facts(version=3)),
    (Move.FINISH, guards.is_same_launch, RUNNING_JOB, facts(attempt=2)),
    (Move.FINISH, guards.is_newer, RUNNING_JOB, facts(version=3)),
    (Move.FINISH, guards.is_stopped, RUNNING_JOB, facts(is_stopped=False)),
    (Move.RETRY, guards.is_same_launch, RUNNING_JOB, facts(launch_number=2)),
    (Move.RETRY, guards.is_newer, RUNNING_JOB, facts(version=3)),
    (Move.RETRY, guards.is_stopped, RUNNING_JOB, facts(is_stopped=False)),
    (Move.WITHDRAW, guards.has_reason_to_withdraw, WAITING_JOB, facts()),
    (Move.DENY, guards.is_wanted, cancelled(WAITING_JOB), facts()),
    (
        Move.DENY,
        guards.is_not_early,
        replace(WAITING_JOB, not_before_at=later(1)),
        facts(),
    ),
    (
        Move.DENY,
        guards.is_before_deadline,
        replace(WAITING_JOB, start_deadline_at=NOW),
        facts(),
    ),
    (Move.CANCEL, guards.is_wanted, cancelled(RUNNING_JOB), facts()),
    (
        Move.LOSE,
        guards.is_missing_often,
        with_launch(MISSING_JOB, missing_count=2),
        facts(now=later(600)),
    ),
    (Move.LOSE, guards.is_old_enough_to_miss, MISSING_JOB, facts(now=later(599))),
    (Move.RELEASE, guards.is_wanted, cancelled(WAITING_JOB), facts()),
    (
        Move.RELEASE,
        guards.is_not_early,
        replace(WAITING_JOB, not_before_at=later(1)),
        facts(),
    ),
]


def test_every_move_of_the_table_has_a_legal_example():
    assert set(LEGAL) == set(MOVES) == set(Move)


def test_every_guard_of_the_table_has_a_refusal():
    in_table = {(move, guard) for move, rule in MOVES.items() for guard in rule.guards}

    assert {(move, guard) for move, guard, _, _ in REFUSED} == in_table


@pytest.mark.parametrize("move", Move)
def test_a_legal_move_is_legal(move):
    job, known = LEGAL[move]

    assert forbids(move, job, known) is None


@pytest.mark.parametrize(
    ("move", "guard", "job", "known"),
    REFUSED,
    ids=[f"{move}-{guard.__name__}" for move, guard, _, _ in REFUSED],
)
def test_a_guard_alone_refuses_what_it_guards_against(
    move, guard, job, known, monkeypatch
):
    assert forbids(move, job, known) == guard.__name__

    rule = MOVES[move]
    without = replace(rule, guards=tuple(g for g in rule.guards if g is not guard))
    monkeypatch.setattr(moves, "MOVES", {**MOVES, move: without})

    assert forbids(move, job, known) is None, "another guard refuses in its place"


@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("status", JobStatus)
def test_a_move_starts_only_from_its_sources(move, status):
    job = a_job(status=status)
    obstacle = forbids(move, job, LEGAL[move][1])

    if status in MOVES[move].sources:
        assert obstacle != f"status {status}"
    else:
        assert obstacle == f"status {status}"


@pytest.mark.parametrize("move", Move)
def test_no_move_leaves_a_terminal_status(move):
    rule = MOVES[move]
    stays = not rule.targets
    assert stays or not any(status.is_terminal for status in rule.sources)


@pytest.mark.parametrize("move", Move)
def test_a_move_leads_only_to_its_targets(move):
    job, known = LEGAL[move]
    allowed = MOVES[move].targets or {job.status}

    for status in set(JobStatus) - allowed:
        with pytest.raises(IllegalMove, match=f"target {status}"):
            make(move, job, known, to=status)


def test_a_move_raises_the_revision_and_names_its_operation():
    after = make(Move.WAIT, RUNNING_JOB, facts(), next_at=later(9))

    assert after.revision == RUNNING_JOB.revision + 1
    assert after.operation_id == "operation-2"
    assert after.next_at == later(9)


def test_the_sequence_rises_only_with_the_status():
    same = make(Move.WAIT, RUNNING_JOB, facts(now=later(5)))
    moved = make(Move.RUN, STARTING_JOB, facts(now=later(5)), to=JobStatus.RUNNING)

    assert same.sequence == RUNNING_JOB.sequence
    assert same.status_at == RUNNING_JOB.status_at
    assert moved.sequence == STARTING_JOB.sequence + 1
    assert moved.status_at == later(5)


def ended(**changes):
    fields = {"outcome": an_outcome(JobStatus.FAILED), "next_at": None}
    return fields | changes


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        (ended(outcome=None), "a terminal job has an outcome"),
        (ended(next_at=NOW), "a terminal job has no timer"),
        (ended(is_ready=True), "only a runnable job is in the backlog"),
        (ended(wait_reason=WaitReason.CAPACITY), "only a waiting job says why"),
        (ended(), "a terminal job expires one day"),
    ],
)
def test_a_move_cannot_break_the_shape_of_a_terminal_record(changes, rule):
    with pytest.raises(IllegalMove, match=rule):
        make(Move.FINISH, RUNNING_JOB, facts(), to=JobStatus.FAILED, **changes)


def test_a_waiting_job_must_say_why_it_waits():
    with pytest.raises(IllegalMove, match="only a waiting job says why"):
        make(Move.RETRY, RUNNING_JOB, facts(), to=JobStatus.RUNNABLE)


def test_a_launched_job_must_have_a_launch():
    with pytest.raises(IllegalMove, match="a launched job has a launch"):
        make(
            Move.INTEND,
            replace(WAITING_JOB, is_ready=False),
            facts(),
            to=JobStatus.STARTING,
            wait_reason=None,
        )


def test_a_job_that_is_not_terminal_must_have_a_timer():
    with pytest.raises(IllegalMove, match="has no timer"):
        make(Move.WAIT, RUNNING_JOB, facts(), next_at=None)


@pytest.mark.parametrize(
    "guard",
    [
        guards.holds_lease,
        guards.is_first_send,
        guards.is_lease_over,
        guards.is_not_refused,
        guards.is_in_replay_window,
        guards.is_task_unknown,
        guards.is_quiet,
        guards.is_evidence_visible,
        guards.is_missing_often,
        guards.is_old_enough_to_miss,
    ],
)
def test_a_job_without_a_launch_passes_no_guard_of_launches(guard):
    known = facts(now=later(1090), search_began_at=QUIET_AT)

    assert guard(WAITING_JOB, known) is False


def test_without_a_complete_search_nothing_is_proven_absent():
    known = facts(now=later(1090), search_began_at=None)

    assert forbids(Move.PROVE_ABSENT, STARTING_JOB, known) == "is_quiet"


def test_a_report_without_a_version_is_not_newer():
    assert forbids(Move.RUN, STARTING_JOB, facts(version=None)) == "is_newer"


def test_the_first_obstacle_is_the_one_that_is_named():
    with pytest.raises(IllegalMove, match="is_wanted"):
        make(Move.INTEND, cancelled(WAITING_JOB), facts(), to=JobStatus.LOST)
