"""The demo's checks must be able to fail: each is made to, once."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from headrace_local.demo_checks import Seen, complaints
from headrace_local.demo_play import Play
from headrace_local.demo_script import steps
from headrace_local.demo_steps import Cancels, EndsAs, RejectedAs

STEPS = steps("run")
TIMES = {
    "neighbour": {
        "startedAt": "2026-11-22T10:00:01.000Z",
        "finishedAt": "2026-11-22T10:00:09.000Z",
    },
    "hungry": {
        "startedAt": "2026-11-22T10:00:02.000Z",
        "finishedAt": "2026-11-22T10:00:04.000Z",
    },
}


def a_record(step):
    match step.expected:
        case EndsAs():
            return {
                "jobId": f"id-of-{step.name}",
                "status": step.expected.status,
                "reasonCode": step.expected.reason_code,
                "exitCode": step.expected.exit_code,
                "attempt": step.expected.attempts,
                **TIMES.get(step.name, {}),
            }
        case RejectedAs():
            return {
                "reasonCode": step.expected.reason_code,
                "field": step.expected.field,
                "limit": step.expected.limit.replace("*", "whatever"),
                "value": step.expected.value,
            }


def a_good_end() -> Seen:
    jobs = {s.name: a_record(s) for s in STEPS if isinstance(s.expected, EndsAs)}
    return Seen(
        sent=frozenset(step.name for step in STEPS),
        jobs=jobs,
        rejections={
            s.name: a_record(s) for s in STEPS if isinstance(s.expected, RejectedAs)
        },
        tasks={
            f"id-of-{s.name}": s.expected.tasks
            for s in STEPS
            if isinstance(s.expected, EndsAs)
        },
        messages_left=0,
    )


def told(seen) -> str:
    return "\n".join(map(str, complaints(STEPS, seen)))


def test_nothing_is_said_when_all_is_as_it_must_be():
    assert complaints(STEPS, a_good_end()) == []


@pytest.mark.parametrize(
    ("step", "field", "value"),
    [
        (step.name, field, value)
        for step in STEPS
        if isinstance(step.expected, EndsAs)
        for field, value in (("status", "LOST"), ("reasonCode", "LOST"), ("attempt", 7))
    ],
)
def test_a_job_that_ended_otherwise_is_told(step, field, value):
    seen = a_good_end()
    jobs = seen.jobs | {step: seen.jobs[step] | {field: value}}
    assert f"{step}: {field}: expected " in told(replace(seen, jobs=jobs))


@pytest.mark.parametrize("step", ["hello", "flaky", "broken", "hungry"])
def test_another_exit_code_is_told(step):
    seen = a_good_end()
    jobs = seen.jobs | {step: seen.jobs[step] | {"exitCode": None}}
    assert f"{step}: exitCode: expected " in told(replace(seen, jobs=jobs))


@pytest.mark.parametrize("count", [0, 2])
def test_a_job_without_a_task_or_with_two_is_told(count):
    seen = a_good_end()
    tasks = seen.tasks | {"id-of-hello": count}
    assert told(replace(seen, tasks=tasks)) == (
        f"hello: tasks: expected 1, found {count}"
    )


def test_a_job_without_a_record_is_told():
    seen = a_good_end()
    jobs = {name: job for name, job in seen.jobs.items() if name != "broken"}
    assert "broken: job record: expected one" in told(replace(seen, jobs=jobs))


@pytest.mark.parametrize("step", ["hello", "twin", "cancel"])
def test_a_rejection_of_what_is_right_is_told(step):
    seen = a_good_end()
    rejections = seen.rejections | {step: {"reasonCode": "INVALID_FIELD"}}
    assert told(replace(seen, rejections=rejections)) == (
        f"{step}: rejection: expected None, found INVALID_FIELD"
    )


@pytest.mark.parametrize(
    ("step", "field"),
    [
        (step.name, field)
        for step in STEPS
        if isinstance(step.expected, RejectedAs)
        for field in ("reasonCode", "field", "limit", "value")
    ],
)
def test_a_rejection_with_another_reason_field_limit_or_value_is_told(step, field):
    seen = a_good_end()
    stored = seen.rejections[step] | {field: "something else"}
    rejections = seen.rejections | {step: stored}
    assert f"{step}: {field}: expected " in told(replace(seen, rejections=rejections))


def test_a_bad_request_that_was_not_rejected_is_told():
    seen = a_good_end()
    rejections = {
        name: stored for name, stored in seen.rejections.items() if name != "secret"
    }
    assert "secret: rejection: expected SECRET_IN_MESSAGE" in told(
        replace(seen, rejections=rejections)
    )


@pytest.mark.parametrize("step", [step.name for step in STEPS])
def test_a_step_that_was_never_sent_is_told(step):
    seen = a_good_end()
    assert f"{step}: message: expected sent" in told(
        replace(seen, sent=seen.sent - {step})
    )


@pytest.mark.parametrize(
    "finished", ["2026-11-22T10:00:03.000Z", None], ids=["too early", "unknown"]
)
def test_a_neighbour_that_did_not_live_on_is_told(finished):
    seen = a_good_end()
    neighbour = seen.jobs["neighbour"] | {"finishedAt": finished}
    jobs = seen.jobs | {"neighbour": neighbour}
    assert "neighbour: order of times" in told(replace(seen, jobs=jobs))


def test_messages_left_in_the_queue_are_told():
    seen = replace(a_good_end(), messages_left=1)
    assert told(seen) == "messages left in the queue: expected 0, found 1"


class ScriptedWorld:
    """Answers every message at once with what its step must become."""

    def __init__(self, broken=()):
        self.play = None
        self.broken = broken
        self.sent = {}
        self.statuses = {}

    def send(self, body):
        message_id = f"message-{len(self.sent)}"
        self.sent[message_id] = body
        return message_id

    def messages_left(self):
        return 0

    def job(self, job_id):
        for step in STEPS:
            if step.job_name and self.play.job_id_of(step) == job_id:
                if step.name in self.broken:
                    return None
                record = a_record(step) | {"jobId": job_id}
                is_cancelled = any('"cancel"' in body for body in self.sent.values())
                looks = self.statuses[job_id] = self.statuses.get(job_id, 0) + 1
                if looks < 3 or (step.name == "long" and not is_cancelled):
                    return record | {"status": "RUNNING"}
                return record
        return None

    def rejection(self, message_id):
        for step in STEPS:
            is_mine = self.play.message_ids.get(step.name) == message_id
            if is_mine and isinstance(step.expected, RejectedAs):
                return a_record(step)
        return None

    def tasks(self):
        return {
            self.play.job_id_of(step): step.expected.tasks
            for step in STEPS
            if isinstance(step.expected, EndsAs)
        }


def played(world, deadline_seconds=60):
    world.play = Play(steps=STEPS, world=world, deployment_id="deployment")
    times = []
    return world.play.run(
        deadline_seconds=deadline_seconds,
        clock=lambda: sum(times),
        sleep=times.append,
        on_look=lambda _: None,
    )


def test_a_play_ends_when_all_is_settled():
    assert complaints(STEPS, played(ScriptedWorld())) == []


def test_a_play_ends_at_its_deadline_and_is_then_told_what_is_missing():
    seen = played(ScriptedWorld(broken=("slow",)), deadline_seconds=5)
    assert "slow: job record: expected one" in told(seen)


def test_the_cancellation_is_sent_once_its_job_runs():
    world = ScriptedWorld()
    played(world)
    [cancel] = [step for step in STEPS if isinstance(step.expected, Cancels)]
    body = json.loads(world.sent[world.play.message_ids[cancel.name]])
    [long] = [step for step in STEPS if step.name == "long"]
    assert body["type"] == "cancel"
    assert body["jobId"] == world.play.job_id_of(long)
