"""Announce: every change becomes an event or a letter, every token one answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOW, a_job, a_launch_entry, a_rejection, an_outcome
from headrace.aws.stream_records import read_told
from headrace.jobs.job import JobStatus, WaitReason
from headrace.ports import StoredRejection
from headrace.stages.announce import announce
from headrace.stages.publishing import CALL_BYTES_MAX, ENTRIES_MAX, TRIES_MAX
from stream_events import change, job_change, rejection_change
from world import World

TOKEN = "AQCEAAAAKgAAAAMAAAAA-token"


@pytest.fixture
def world():
    return World()


def told(world, *records, has_time=lambda: True):
    return announce(read_told({"Records": records}), world.ports, has_time=has_time)


def asked(world, **event):
    return announce(read_told(event), world.ports, has_time=lambda: True)


def details(world):
    return [dict(each.detail) for each in world.bus.taken]


def numbered(number, **changes):
    return a_job(job_id=f"{number:026}", **changes)


def starting(number=1):
    return numbered(number, status=JobStatus.STARTING)


def running(number=1):
    return numbered(number, status=JobStatus.RUNNING, sequence=2)


def ended(number=1, status=JobStatus.SUCCEEDED, **changes):
    return numbered(number, status=status, sequence=3, **changes)


def letters(world):
    return [json.loads(body) for body in world.letters.bodies]


def test_a_job_that_is_accepted_is_announced_with_its_first_status(world):
    told(world, job_change(None, starting()))

    (detail,) = details(world)
    assert (detail["status"], detail["sequence"]) == ("STARTING", 1)
    assert "previousStatus" not in detail


def test_a_change_of_status_is_announced_with_the_one_before(world):
    told(world, job_change(starting(), running()))

    (detail,) = details(world)
    assert (detail["previousStatus"], detail["status"]) == ("STARTING", "RUNNING")


def test_a_write_that_leaves_the_status_is_no_event(world):
    told(world, job_change(running(), replace(running(), revision=9)))

    assert world.bus.calls == []


def test_a_retry_tells_of_the_launch_that_ended(world):
    waiting = numbered(
        1,
        status=JobStatus.RUNNABLE,
        wait_reason=WaitReason.BACKOFF,
        sequence=3,
        history=(a_launch_entry(exit_code=1),),
    )
    told(world, job_change(running(), waiting))

    (detail,) = details(world)
    assert detail["endedLaunch"]["exitCode"] == 1
    assert detail["waitReason"] == "BACKOFF"
    assert "reasonCode" not in detail


def test_an_end_is_announced_with_its_reason_and_what_to_try(world):
    told(world, job_change(running(), ended(status=JobStatus.FAILED)))

    (detail,) = details(world)
    outcome = an_outcome(JobStatus.FAILED)
    assert detail["reasonCode"] == str(outcome.reason_code)
    assert detail["summary"] == outcome.summary
    assert detail["finishedAt"].endswith("Z")


def test_a_rejection_is_announced_and_is_no_change_of_the_job_it_speaks_of(world):
    rejection = a_rejection(job_id="x" * 26)
    told(world, rejection_change(StoredRejection("message-1", NOW, rejection)))

    (detail,) = details(world)
    assert (detail["status"], detail["messageId"]) == ("REJECTED", "message-1")
    assert "jobId" not in detail
    assert detail["aboutJobId"] == "x" * 26


def test_events_go_out_in_calls_that_eventbridge_takes(world):
    told(world, *(job_change(None, starting(number)) for number in range(25)))

    assert [len(call) for call in world.bus.calls] == [10, 10, 5]


def test_a_call_is_no_larger_than_may_be(world):
    labels = {f"label-{number}": "x" * 250 for number in range(20)}
    request = json.dumps({"labels": labels, "filler": ""})
    jobs = [replace(starting(n), request_json=request) for n in range(10)]
    told(world, *(job_change(None, job) for job in jobs))

    sizes = [sum(len(each.detail_json) for each in call) for call in world.bus.calls]
    assert max(sizes) <= CALL_BYTES_MAX
    assert sum(map(len, world.bus.calls)) == len(jobs)


def test_a_job_s_events_are_never_in_one_call_so_that_their_order_holds(world):
    told(
        world,
        job_change(None, starting(1)),
        job_change(starting(1), running(1)),
        job_change(None, starting(2)),
        job_change(running(1), ended(1)),
    )

    assert [len(call) for call in world.bus.calls] == [2, 1, 1]
    of_one = [each for each in details(world) if each["jobId"] == f"{1:026}"]
    assert [each["sequence"] for each in of_one] == [1, 2, 3]


def test_an_event_that_is_not_taken_is_sent_again_before_what_follows_it(world):
    failures = iter(["InternalFailure: no"])
    world.bus.trouble_with = lambda _: next(failures, None)
    tally = told(world, job_change(None, starting()), job_change(starting(), running()))

    assert [each["sequence"] for each in details(world)] == [1, 2]
    assert (tally.failed, tally.published, letters(world)) == ([], 2, [])


def test_only_what_was_not_taken_is_sent_again(world):
    failures = {f"{3:026}": 1}

    def trouble_with(announcement):
        left = failures.get(announcement.about, 0)
        failures[announcement.about] = left - 1
        return "InternalFailure: no" if left > 0 else None

    world.bus.trouble_with = trouble_with
    told(world, *(job_change(None, starting(number)) for number in range(5)))

    assert [len(call) for call in world.bus.calls] == [4, 1]


def test_an_event_that_is_never_taken_becomes_a_letter_and_stops_nobody(world):
    world.bus.trouble_with = lambda each: (
        "InternalFailure: no" if each.about == f"{0:026}" else None
    )
    tally = told(world, *(job_change(None, starting(number)) for number in range(3)))

    (letter,) = letters(world)
    assert letter["kind"] == "event"
    assert letter["detail"]["jobId"] == f"{0:026}"
    assert letter["why"] == "InternalFailure: no"
    assert (tally.published, tally.failed) == (2, [])
    assert len(world.bus.calls) == TRIES_MAX
    (signal,) = world.signals.of("announce.dead_letter")
    assert signal.fields["kind"] == "event"


def test_when_time_is_over_what_is_left_becomes_letters(world):
    asked_for = iter([True, False])
    records = [job_change(None, starting(number)) for number in range(ENTRIES_MAX + 2)]
    tally = told(world, *records, has_time=lambda: next(asked_for, False))

    assert (tally.published, len(letters(world))) == (ENTRIES_MAX, 2)


def test_where_not_even_a_letter_is_kept_the_record_comes_again(world):
    world.bus.trouble_with = lambda _: "InternalFailure: no"
    world.letters.is_full = True
    record = job_change(None, starting())
    tally = told(world, record)

    assert tally.failed == [record["dynamodb"]["SequenceNumber"]]


def test_a_letter_that_comes_back_is_published_as_it_was(world):
    world.bus.trouble_with = lambda _: "InternalFailure: no"
    told(world, job_change(starting(), running()))
    world.bus.trouble_with = lambda _: None
    bodies, world.letters.bodies = world.letters.bodies, []

    assert asked(world, letters=bodies).published == 1
    assert details(world)[-1]["previousStatus"] == "STARTING"
    assert world.letters.bodies == []


def test_a_record_that_cannot_be_read_becomes_a_letter_and_stops_nobody(world):
    broken = job_change(None, replace(starting(), task_tokens=(TOKEN,)))
    broken["dynamodb"]["NewImage"]["schema"] = {"N": "99"}
    tally = told(world, broken, job_change(None, starting(2)))

    (letter,) = letters(world)
    assert letter["kind"] == "record"
    assert "schema 99" in letter["why"]
    assert letter["record"]["dynamodb"]["NewImage"]["jobName"] == {"S": "report"}
    assert TOKEN not in world.letters.bodies[0]
    assert (tally.published, tally.failed) == (1, [])


def test_a_record_that_can_be_read_again_is_announced_and_its_tokens_answered(world):
    job = ended(task_tokens=(TOKEN,))
    world.jobs.accept(job)
    record = job_change(running(), job)
    record["dynamodb"]["NewImage"]["schema"] = {"N": "99"}
    told(world, record)
    (body,) = world.letters.bodies
    mended = body.replace('"schema": {"N": "99"}', '"schema": {"N": "1"}')

    asked(world, letters=[mended])

    assert [each["status"] for each in details(world)] == ["SUCCEEDED"]
    assert [each.token for each in world.workflows.answers] == [TOKEN]


def test_items_of_other_kinds_are_nobody_s_business(world):
    item = {"pk": {"S": "DEFINITION#report"}, "sk": {"S": "ACTIVE"}}
    assert told(world, change(None, item)).failed == []
    assert world.bus.calls == []


def test_a_letter_that_announce_did_not_write_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match="drop it, and replay"):
        read_told({"letters": ['{"DDBStreamBatchInfo": {}}']})


# --- tokens -----------------------------------------------------------------------


def test_a_success_answers_its_token_with_the_outcome(world):
    job = ended(task_tokens=(TOKEN,))
    told(world, job_change(replace(running(), task_tokens=(TOKEN,)), job))

    (answer,) = world.workflows.answers
    output = json.loads(answer.output)
    assert (output["jobId"], output["status"]) == (job.job_id, "SUCCEEDED")


@pytest.mark.parametrize(
    "status",
    sorted(each for each in JobStatus if each.is_terminal and each != "SUCCEEDED"),
)
def test_every_other_end_is_a_failure_with_reason_and_cause(world, status):
    job = ended(status=status, task_tokens=(TOKEN,))
    told(world, job_change(replace(running(), task_tokens=(TOKEN,)), job))

    (answer,) = world.workflows.answers
    assert answer.output is None
    assert answer.error == str(job.outcome.reason_code)
    assert job.outcome.summary in answer.cause
    assert job.job_id in answer.cause


def test_nobody_is_answered_while_the_job_goes_on(world):
    told(world, job_change(starting(), replace(running(), task_tokens=(TOKEN,))))

    assert world.workflows.answers == []


def test_a_token_that_comes_after_the_end_is_answered_and_no_other_again(world):
    before = ended(task_tokens=("first",))
    after = replace(before, task_tokens=("first", TOKEN), revision=8)
    told(world, job_change(before, after))

    assert [each.token for each in world.workflows.answers] == [TOKEN]
    assert world.bus.calls == []


def test_a_rejected_request_s_token_is_answered_with_failure(world):
    rejection = a_rejection(task_token=TOKEN)
    told(world, rejection_change(StoredRejection("message-1", NOW, rejection)))

    (answer,) = world.workflows.answers
    assert (answer.error, answer.output) == ("LIMIT_EXCEEDED", None)
    assert rejection.message in answer.cause


def test_an_answer_that_was_given_is_told_and_not_repeated(world):
    record = job_change(running(), ended(task_tokens=(TOKEN,)))
    told(world, record)
    tally = told(world, record)

    assert len(world.workflows.answers) == 1
    assert (tally.failed, world.letters.bodies) == ([], [])
    assert len(world.signals.of("token.closed")) == 1


def test_an_answer_that_is_not_taken_is_tried_again(world):
    world.workflows.failures_left = 2
    told(world, job_change(running(), ended(task_tokens=(TOKEN,))))

    assert len(world.workflows.answers) == 1
    assert world.letters.bodies == []


def test_an_answer_that_is_never_taken_becomes_a_letter_without_its_token(world):
    job = ended(task_tokens=(TOKEN,))
    world.jobs.accept(job)
    world.workflows.failures_left = 3
    told(world, job_change(running(), job))

    (letter,) = letters(world)
    assert (letter["kind"], letter["about"]) == ("answer", job.job_id)
    assert TOKEN not in world.letters.bodies[0]

    asked(world, letters=world.letters.bodies[:])
    assert [each.token for each in world.workflows.answers] == [TOKEN]


def test_a_token_is_in_no_event_no_signal_and_no_text_of_a_job(world):
    job = ended(task_tokens=(TOKEN,))
    told(world, job_change(running(), job))

    shown = [str(details(world)), str(world.signals.all()), repr(job)]
    shown.append(repr(world.workflows.answers))
    assert not any(TOKEN in each for each in shown)


# --- replay -----------------------------------------------------------------------


def test_a_replay_has_the_same_sequence_says_so_and_answers_nobody(world):
    job = ended(task_tokens=(TOKEN,))
    world.jobs.accept(job)
    tally = asked(world, replay=[job.job_id])

    detail = details(world)[-1]
    assert (detail["sequence"], detail["status"]) == (3, "SUCCEEDED")
    assert detail["isReplay"] is True
    assert tally.published == len(details(world))
    assert world.workflows.answers == []


def test_a_replay_of_a_job_that_is_not_there_says_so(world):
    assert asked(world, replay=["none"]).missing == ["none"]


def test_times_of_an_event_are_the_record_s(world):
    later = NOW + timedelta(seconds=40)
    told(world, job_change(starting(), replace(running(), status_at=later)))

    assert world.bus.taken[0].at == later
