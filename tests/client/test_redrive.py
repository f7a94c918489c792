"""Dead letters are sent back or dropped, and never lost in between."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError as AwsError

from builders import NOW, TASK_ARN, a_job, a_request_body
from definition_builders import a_registered
from headrace.jobs.job import JobStatus
from headrace.requests.parsing import parse_request
from headrace_client.errors import (
    NotFoundError,
    RedriveRefusedError,
    RefusedError,
    UnreachableError,
)
from headrace_client.redrive.batches import settle_all
from redrive_world import OPERATOR, RedriveWorld, a_task_event

DENIED = AwsError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "Call")


@pytest.fixture
def world():
    world = RedriveWorld()
    world.catalogue.register(a_registered())
    return world


def first(world, queue_name="requests"):
    """The first message of a queue, examined."""
    return world.redrive.look(queue_name).examined[0]


def failing(method):
    """A call that is refused."""

    def refuse(**_):
        raise DENIED

    return refuse


def a_standing_job(world, body):
    """The job of a request, as dispatch has stored it."""
    request = parse_request(body, pinned_tenant=None, now=NOW)
    return a_job(
        job_id=world.redrive.checker.job_id(request),
        status=JobStatus.SUCCEEDED,
        fingerprint=request.fingerprint,
    )


# -- Looking ------------------------------------------------------------------


def test_a_look_tells_what_a_request_is_about_and_gives_it_back(world):
    message_id = world.put_request(tenant="acme")
    look = world.redrive.look()
    [examined] = look.examined
    assert examined.letter.message_id == message_id
    about = examined.about
    assert (about.job_name, about.tenant) == ("report", "acme")
    assert about.idempotency_key == "report-2026-11-22"
    assert world.redrive.look().examined[0].letter.receives == 2


def test_a_body_that_is_no_request_is_shown_with_what_is_wrong(world):
    world.put("requests", '{"schemaVersion": "1", "jobName": "report"}')
    about = first(world).about
    assert about.job_name == "report"
    assert about.says.startswith("MISSING_FIELD: idempotencyKey")


def test_a_task_event_tells_its_job_and_its_task(world):
    world.put("task-events", a_task_event())
    about = first(world, "task-events").about
    assert (about.job_id, about.task_arn) == ("a" * 26, TASK_ARN)
    assert about.says == "STOPPED, version 5"


@pytest.mark.parametrize("body", ["", "no json", "[]", '{"detail": 1}', "[" * 10**5])
def test_a_body_that_is_no_task_event_is_shown_all_the_same(world, body):
    world.put("task-events", body or " ")
    assert first(world, "task-events").about.says == (
        "no event in EventBridge's envelope"
    )


def test_why_eventbridge_gave_up_is_in_the_attributes(world):
    world.put(
        "schedules",
        "{}",
        ERROR_CODE="ResourceNotFoundException",
        ERROR_MESSAGE="Function not found",
        SCHEDULED_TIME="2026-11-22T09:59:00Z",
    )
    examined = first(world, "schedules")
    error = examined.last_error
    assert (error.error, error.detail) == (
        "ResourceNotFoundException",
        "Function not found",
    )
    assert examined.about.says == "a tick of reconcile at 2026-11-22T09:59:00Z"


def logged(event, **fields):
    return {"event": event, **fields}


def test_the_last_error_is_the_last_line_of_the_message_in_the_log(world):
    message_id = world.put_request()
    for error in ("StoreBusy", "RecordUnreadable"):
        line = logged(
            "dispatch.message_deferred", message_id=message_id, error=error, detail="x"
        )
        world.clients.logs.lines.append(("dispatch", line))
    others = logged("dispatch.message_deferred", message_id="other", error="KeyError")
    world.clients.logs.lines.append(("dispatch", others))
    error = first(world).last_error
    assert (error.error, error.detail) == ("RecordUnreadable", "x")
    assert error.at == NOW + timedelta(milliseconds=1)


def test_record_knows_a_message_by_its_task(world):
    world.put("task-events", a_task_event())
    line = logged("record.message_deferred", task_arn=TASK_ARN, error="RecordMissing")
    world.clients.logs.lines.append(("record", line))
    assert first(world, "task-events").last_error.error == "RecordMissing"


def test_a_batch_that_failed_as_a_whole_counts_where_there_is_no_line_of_its_own(world):
    world.put_request()
    line = logged("dispatch.batch_deferred", detail="get definitions: throttled")
    world.clients.logs.lines.append(("dispatch", line))
    error = first(world).last_error
    assert error.error == "a whole batch failed"
    assert error.detail == "get definitions: throttled"


def test_who_may_not_read_the_log_sees_the_messages_all_the_same(world):
    world.put_request()
    world.clients.logs.refusal = DENIED
    look = world.redrive.look("requests")
    assert look.examined[0].last_error is None
    [sentence] = look.unseen
    assert "You are not allowed to read the log dispatch" in sentence


def test_a_log_whose_name_is_not_known_is_told(world):
    world.put_request()
    look = world.redrive_with(dispatch_log_group="").look("requests")
    assert "not known" in look.unseen[0]


def test_what_somebody_else_holds_is_counted(world):
    world.put_request()
    with world.redrive.hold("requests"):
        look = world.redrive.look("requests")
    assert (look.examined, look.left["requests"].held) == ((), 1)


def test_a_queue_that_the_deployment_does_not_name_is_told(world):
    with pytest.raises(NotFoundError, match="HEADRACE_SCHEDULE_DEAD_LETTER_QUEUE_URL"):
        world.redrive_with(dead_letter_queue_urls={"requests": "x"}).hold("schedules")
    with pytest.raises(NotFoundError, match="names no dead-letter queue"):
        world.redrive_with(dead_letter_queue_urls={}).look()


# -- Sending back -------------------------------------------------------------


def send_back(world, queue_name="requests", **options):
    with world.redrive.hold(queue_name) as hold:
        letter = next(iter(hold))
        return world.redrive.send_back(hold, letter, **options)


def test_a_request_goes_back_as_it_was_to_its_tenants_group(world):
    world.put_request(tenant="acme")
    body = a_request_body(tenant="acme")
    send_back(world)
    assert world.in_queue(world.requests) == [body]
    assert world.groups(world.requests) == ["acme"]
    assert world.left() == []


@pytest.mark.parametrize("queue_name", ["task-events", "task-event-rule"])
def test_a_task_event_goes_back_to_records_queue(world, queue_name):
    world.put(queue_name, a_task_event())
    send_back(world, queue_name)
    assert world.in_queue(world.task_events) == [a_task_event()]
    assert world.left(queue_name) == []


def test_a_tick_goes_nowhere_and_stays(world):
    world.put("schedules", "{}")
    with pytest.raises(RedriveRefusedError, match="nothing to say"):
        send_back(world, "schedules")
    assert len(world.left("schedules")) == 1


def test_a_message_whose_send_was_not_confirmed_stays(world, monkeypatch):
    world.put_request()
    monkeypatch.setattr(world.clients.sqs, "send_message", failing("send"))
    with pytest.raises(UnreachableError):
        send_back(world)
    assert len(world.left()) == 1


def test_a_message_that_was_sent_and_not_deleted_is_told_to_be_in_both_places(
    world, monkeypatch
):
    world.put_request()
    monkeypatch.setattr(world.clients.sqs, "delete_message", failing("delete"))
    with pytest.raises(UnreachableError, match="Sent back as m-2, but it also stays"):
        send_back(world)
    assert len(world.left()) == len(world.in_queue(world.requests)) == 1


def test_an_edited_request_is_sent_with_its_own_tenant(world):
    world.put_request(parameters={"date": 1})
    edited = a_request_body(tenant="acme")
    send_back(world, body=edited)
    assert world.in_queue(world.requests) == [edited]
    assert world.groups(world.requests) == ["acme"]


@pytest.mark.parametrize(
    ("edited", "field", "value"),
    [
        ({"parameters": {"date": 7}}, "parameters.date", "7"),
        ({"timeoutSeconds": 10**6}, "timeoutSeconds", "1000000"),
        ({"jobName": "raport"}, "jobName", '"raport"'),
        ({"jobVersion": 9}, "jobVersion", "9"),
        ({"idempotencyKey": "a b"}, "idempotencyKey", '"a b"'),
    ],
)
def test_an_edit_that_dispatch_would_reject_is_not_sent(world, edited, field, value):
    world.put_request()
    with pytest.raises(RefusedError) as caught:
        send_back(world, body=a_request_body(**edited))
    rejection = caught.value.rejection
    assert (rejection.field, rejection.value) == (field, value)
    assert rejection.limit
    assert world.in_queue(world.requests) == []
    assert len(world.left()) == 1


def test_an_edit_under_the_key_of_a_standing_job_is_a_conflict(world):
    world.put_request()
    world.jobs.accept(a_standing_job(world, a_request_body()))
    with pytest.raises(RefusedError, match="IDEMPOTENCY_CONFLICT"):
        send_back(world, body=a_request_body(parameters={"date": "2026-11-23"}))
    assert world.in_queue(world.requests) == []


def test_a_request_whose_job_stands_is_told_to_be_a_duplicate(world):
    world.put_request()
    standing = a_standing_job(world, a_request_body())
    world.jobs.accept(standing)
    verdict = world.redrive.verdict(first(world).letter)
    assert (verdict.standing.job_id, verdict.rejection) == (standing.job_id, None)


def test_what_may_not_be_read_is_told_and_the_rest_is_checked(world, monkeypatch):
    world.put_request()
    for call in ("get_item", "batch_get_item"):
        monkeypatch.setattr(world.clients.dynamodb, call, failing(call))
    verdict = world.redrive.verdict(first(world).letter)
    assert verdict.rejection is None
    assert [each.partition(":")[0] for each in verdict.unchecked] == [
        "whether its job stands already",
        "its definition",
    ]
    assert world.redrive.verdict(first(world).letter, "{").rejection is not None


def test_a_task_event_cannot_be_edited(world):
    world.put("task-events", a_task_event())
    with pytest.raises(RedriveRefusedError, match="cannot be edited"):
        send_back(world, "task-events", body=a_task_event(lastStatus="RUNNING"))
    assert world.in_queue(world.task_events) == []


def test_all_are_sent_back_and_what_fails_is_told_once(world):
    for number in range(25):
        world.put_request(idempotencyKey=f"r-{number}")
    world.put("schedules", "{}")
    seen = []
    done = settle_all(
        lambda: world.redrive.hold(limit=10),
        world.redrive.send_back,
        on_each=seen.append,
    )
    assert (done.settled, seen[-1]) == (25, 26)
    [(letter, error)] = done.failures
    assert (letter.queue_name, type(error)) == ("schedules", RedriveRefusedError)
    assert len(world.in_queue(world.requests)) == 25


def test_what_was_sent_back_and_comes_here_again_is_not_sent_for_ever(world):
    """As with a name that leads to the dead-letter queue itself."""
    world.put_request()
    redrive = world.redrive_with(request_queue_url=world.dead["requests"])
    done = settle_all(lambda: redrive.hold("requests", limit=10), redrive.send_back)
    assert (done.settled, len(world.left())) == (1, 1)


# -- Dropping -----------------------------------------------------------------


def drop(world, queue_name="requests", why="the customer has left"):
    with world.redrive.hold(queue_name) as hold:
        [examined], _ = world.redrive.examine([next(iter(hold))])
        return world.redrive.drop(hold, examined, why=why)


def test_a_dropped_message_leaves_who_when_why_and_what(world):
    message_id = world.put_request()
    drop(world, why="  the customer has left ")
    [note] = world.redrive.dropped()
    assert (note.message_id, note.dropped_by, note.dropped_at) == (
        message_id,
        OPERATOR,
        NOW,
    )
    assert (note.why, note.job_name) == ("the customer has left", "report")
    assert note.body_bytes == len(a_request_body())
    assert world.redrive.notes.body(note) == a_request_body()
    assert world.left() == []


def test_a_message_whose_note_was_not_kept_stays(world, monkeypatch):
    world.put_request()
    monkeypatch.setattr(world.clients.dynamodb, "put_item", failing("put"))
    with pytest.raises(UnreachableError):
        drop(world)
    assert len(world.left()) == 1


def test_dropping_again_after_a_crash_in_between_keeps_the_first_note(
    world, monkeypatch
):
    world.put_request()
    with monkeypatch.context() as patch:
        patch.setattr(world.clients.sqs, "delete_message", failing("delete"))
        with pytest.raises(UnreachableError):
            drop(world, why="first")
    drop(world, why="second")
    assert [note.why for note in world.redrive.dropped()] == ["first"]
    assert world.left() == []


def test_a_body_with_what_looks_like_a_credential_is_not_kept(world):
    body = a_request_body(parameters={"key": "AKIAIOSFODNN7EXAMPLE"})
    world.put("requests", body)
    drop(world)
    [note] = world.redrive.dropped()
    assert (note.parts, world.redrive.notes.body(note)) == (0, None)
    assert note.body_bytes == len(body)
    kept = world.clients.dynamodb.scan(TableName=world.table_name)["Items"]
    assert "AKIAIOSFODNN7EXAMPLE" not in json.dumps(kept, default=repr)


@pytest.mark.parametrize("why", ["", "   ", "x" * 1001])
def test_a_drop_needs_a_reason_of_a_reasonable_length(world, why):
    world.put_request()
    with pytest.raises(RedriveRefusedError, match="1 to 1000 characters"):
        drop(world, why=why)
    assert len(world.left()) == 1


def test_dropping_touches_nothing_else_in_the_table(world):
    world.put_request()

    def others():
        items = world.clients.dynamodb.scan(TableName=world.table_name)["Items"]
        return [each for each in items if not each["pk"]["S"].startswith("DROPPED#")]

    before = others()
    drop(world)
    assert others() == before != []
