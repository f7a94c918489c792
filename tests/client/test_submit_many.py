"""Many submissions: in batches, in order, with an answer for each of them."""

from __future__ import annotations

import json
import threading
from itertools import count

import pytest

from builders import a_request
from client_world import ClientWorld
from headrace_client.errors import FateUnknownError, NotSentError, RefusedError
from headrace_client.many import (
    AT_ONCE,
    BATCH_BYTES_MAX,
    BATCH_REQUESTS_MAX,
    TRIES_MAX,
)
from headrace_client.request_queue import Untaken
from headrace_client.submission import NewJob, Tally

BUSY = Untaken(code="InternalError", message="try again", is_final=False)
BAD = Untaken(code="InvalidMessageContents", message="no", is_final=True)


class Queue:
    """A request queue that takes what it is told to take; threads may share it.

    Attributes:
        batches: The keys of each call, in the order of the calls.
        answers: By key, what is said of it next, before it is taken; an exception is
            what the whole call fails with.
    """

    def __init__(self):
        self.batches = []
        self.bytes = []
        self.taken = {}
        self.answers = {}
        self._lock = threading.Lock()
        self._numbers = count(1)

    def send_batch(self, requests):
        with self._lock:
            self.batches.append([each.idempotency_key for each in requests])
            self.bytes.append(sum(len(each.body.encode()) for each in requests))
            said = [self._said(each) for each in requests]
            errors = [each for each in said if isinstance(each, Exception)]
            if errors:
                raise errors[0]
            for request, answer in zip(requests, said, strict=True):
                if isinstance(answer, str):
                    self.taken[request.idempotency_key] = request.body
            return said

    def _said(self, request):
        answers = self.answers.get(request.idempotency_key, [])
        return answers.pop(0) if answers else f"message-{next(self._numbers)}"


@pytest.fixture
def queue():
    return Queue()


@pytest.fixture
def world(queue):
    return ClientWorld(requests=queue)


def jobs(number, start=0):
    return [NewJob("report", {"n": n}, f"k{n}") for n in range(start, number)]


def test_every_request_is_sent_ten_a_call_and_answered_in_order(world, queue):
    results = list(world.client.submit_many(jobs(95)))

    assert [each.position for each in results] == list(range(95))
    keys = [each.submission.idempotency_key for each in results]
    assert keys == [f"k{n}" for n in range(95)]
    assert len(queue.taken) == 95
    assert sorted(map(len, queue.batches)) == [5, *[10] * 9]
    assert {each.error for each in results} == {None}


def test_a_result_knows_its_job_as_submit_does(world, queue):
    [result] = world.client.submit_many([NewJob("report", {"n": 1}, "k")])
    alone = ClientWorld().client.submit(
        "report", parameters={"n": 1}, idempotency_key="k"
    )
    assert result.submission.job_id == alone.job_id
    assert result.submission.fingerprint == alone.fingerprint
    assert json.loads(result.body)["tenant"] == "default"


def test_requests_may_be_objects_as_the_message_has_them(world, queue):
    request = a_request(labels={"team": "blue"}) | {"tenant": "acme"}
    [result] = world.client.submit_many([request])
    assert json.loads(queue.taken["report-2026-11-22"]) == request
    assert result.submission.idempotency_key == "report-2026-11-22"


def test_a_key_is_made_up_where_there_is_none_and_is_in_the_body(world):
    first, second = world.client.submit_many([NewJob("report"), NewJob("report")])
    keys = [json.loads(each.body)["idempotencyKey"] for each in (first, second)]
    assert keys == ["made-up-1", "made-up-2"]
    assert first.submission.job_id != second.submission.job_id


def test_a_batch_holds_no_more_bytes_than_sqs_takes(world, queue):
    text = "x" * 300_000
    requests = [NewJob("report", {"text": text}, f"k{n}") for n in range(7)]
    results = list(world.client.submit_many(requests))
    assert [each.error for each in results] == [None] * 7
    assert max(queue.bytes) <= BATCH_BYTES_MAX
    assert sorted(map(len, queue.batches)) == [1, 3, 3]


def test_a_refused_request_is_answered_in_its_place_and_the_others_are_sent(
    world, queue
):
    requests = [*jobs(3), {"jobName": "report", "nonsense": 1}, *jobs(5, start=3)]
    results = list(world.client.submit_many(requests))
    refused = results[3]
    assert isinstance(refused.error, RefusedError)
    assert refused.error.rejection.field == "nonsense"
    assert refused.request == requests[3]
    assert set(queue.taken) == {"k0", "k1", "k2", "k3", "k4"}


@pytest.mark.parametrize("kind", ["cancel", "rerun"])
def test_only_submissions_are_sent_so(world, queue, kind):
    request = {"type": kind, "jobId": "a" * 26, "idempotencyKey": "k"}
    [result] = world.client.submit_many([request])
    assert result.error.rejection.field == "type"
    assert queue.batches == []


def test_what_sqs_did_not_take_is_sent_again_and_nothing_else_is(world, queue):
    queue.answers = {"k2": [BUSY, BUSY], "k7": [BUSY]}
    results = list(world.client.submit_many(jobs(10)))
    assert {each.error for each in results} == {None}
    assert queue.batches == [[f"k{n}" for n in range(10)], ["k2", "k7"], ["k2"]]
    assert world.clock.now().timestamp() > 0


def test_what_sqs_never_takes_is_given_up_after_some_tries_with_its_code(world, queue):
    queue.answers = {"k1": [BUSY] * 100}
    results = list(world.client.submit_many(jobs(3)))
    assert [type(each.error) for each in results] == [
        type(None),
        NotSentError,
        type(None),
    ]
    assert "InternalError" in results[1].error.problem
    assert len(queue.batches) == TRIES_MAX


def test_a_message_at_fault_is_not_sent_again(world, queue):
    queue.answers = {"k1": [BAD] * 100}
    results = list(world.client.submit_many(jobs(3)))
    assert isinstance(results[1].error, NotSentError)
    assert len(queue.batches) == 1


def test_without_an_answer_the_fate_of_the_batch_is_unknown_and_its_bodies_are_kept(
    world, queue
):
    queue.answers = {"k12": [FateUnknownError("No answer.", advice="Again.")]}
    results = list(world.client.submit_many(jobs(25)))
    unknown = [each for each in results if each.error is not None]
    assert [each.position for each in unknown] == list(range(10, 20))
    assert {type(each.error) for each in unknown} == {FateUnknownError}

    again = world.client.submit_many(json.loads(each.body) for each in unknown)
    assert [each.submission.idempotency_key for each in again] == [
        f"k{n}" for n in range(10, 20)
    ]


def test_after_an_error_that_stays_no_more_calls_are_made(world, queue):
    stays = NotSentError("Not allowed.", advice="Ask.", is_final=True)
    queue.answers = {"k0": [stays]}
    results = list(world.client.submit_many(jobs(1000)))
    not_sent = [each for each in results if isinstance(each.error, NotSentError)]
    assert len(results) == 1000
    assert len(queue.batches) <= AT_ONCE + 1
    assert len(not_sent) + len(queue.taken) == 1000


def test_the_progress_counts_every_kind(world, queue):
    queue.answers = {
        "k1": [BAD],
        "k11": [FateUnknownError("No answer.", advice="Again.")],
    }
    seen = []
    requests = [*jobs(20), {"jobName": "report", "nonsense": 1}]
    list(
        world.client.submit_many(
            requests, on_progress=lambda tally: seen.append(tally.total)
        )
    )
    assert seen == list(range(1, 22))
    tally = Tally()
    for result in world.client.submit_many([*jobs(3), {"jobName": "report", "x": 1}]):
        tally.count(result)
    assert (tally.sent, tally.refused, tally.not_sent, tally.unknown) == (3, 1, 0, 0)


def test_only_a_few_batches_are_made_ahead_of_what_was_answered(world):
    made = []

    def endless():
        for number in count():
            made.append(number)
            yield NewJob("report", idempotency_key=f"k{number}")

    results = world.client.submit_many(endless())
    for wanted in range(500):
        assert next(results).position == wanted
        ahead = len(made) - wanted
        assert ahead <= (AT_ONCE + 2) * BATCH_REQUESTS_MAX
    results.close()


def test_nothing_is_sent_before_a_result_is_asked_for(world, queue):
    world.client.submit_many(jobs(10))
    assert queue.batches == []


def test_what_the_requests_raise_comes_after_the_results_of_what_came_before(
    world, queue
):
    def broken():
        yield from jobs(13)
        raise OSError("the file broke off")

    seen = []
    results = world.client.submit_many(broken())
    with pytest.raises(OSError, match="broke off"):
        seen.extend(each.position for each in results)
    assert seen == list(range(13))
    assert len(queue.taken) == 13
