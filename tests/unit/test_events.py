"""The events that ship as examples are real in shape, and mean what their names say."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from builders import CLUSTER_ARN, DEPLOYMENT_ID, NOW, a_placement
from headrace.aws.envelopes import Expected, read_deliveries, read_report
from headrace.errors import ForeignReport, InvalidRequest, UnreadableReport
from headrace.identity import job_id, parse_started_by
from headrace.jobs.job import ReasonCode
from headrace.requests.parsing import parse_request
from headrace.requests.rejection import Reason
from headrace.requests.request import CancelRequest, RerunRequest, SubmitRequest
from headrace.tasks.outcome import EndingKind, ending_of, is_spot_warning
from headrace.telemetry import EVENTS as EVENT_NAMES

EVENTS = Path(__file__).parents[2] / "events"
OURS = Expected.of(a_placement())
JOB_ID = job_id(
    deployment_id=DEPLOYMENT_ID,
    tenant="default",
    job_name="hello",
    idempotency_key="hello-2026-11-22",
)


def names_in(folder):
    return sorted(path.stem for path in (EVENTS / folder).glob("*.json"))


def event(folder, name):
    return json.loads((EVENTS / folder / f"{name}.json").read_text())


def bodies(folder, name):
    return [record["body"] for record in event(folder, name)["Records"]]


def reports(name):
    return [read_report(body, OURS) for body in bodies("record", name)]


def judged(name):
    [report] = reports(name)
    return ending_of(
        report,
        main_container="main",
        essential=frozenset(each.name for each in report.containers),
        stop_cause=None,
        was_spot_warned=False,
    )


@pytest.mark.parametrize("folder", ["dispatch", "record"])
def test_every_batch_has_the_shape_that_sqs_gives_to_lambda(folder):
    members = {
        "messageId",
        "receiptHandle",
        "body",
        "attributes",
        "messageAttributes",
        "md5OfBody",
        "eventSource",
        "eventSourceARN",
        "awsRegion",
    }
    for name in names_in(folder):
        records = event(folder, name)["Records"]
        assert len({record["messageId"] for record in records}) == len(records)
        for record in records:
            assert set(record) == members
            digest = hashlib.md5(record["body"].encode()).hexdigest()  # noqa: S324 - SQS's own check
            assert record["md5OfBody"] == digest


ENDINGS = {
    "task_succeeded": (EndingKind.SUCCEEDED, ReasonCode.OK, 0),
    "sidecar_killed": (EndingKind.SUCCEEDED, ReasonCode.OK, 0),
    "task_failed": (EndingKind.JOB_FAILURE, ReasonCode.EXIT_CODE, 1),
    "task_out_of_memory": (EndingKind.JOB_FAILURE, ReasonCode.OUT_OF_MEMORY, 137),
    "task_never_started": (
        EndingKind.INFRASTRUCTURE,
        ReasonCode.INFRASTRUCTURE,
        None,
    ),
    "image_not_found": (EndingKind.PERMANENT_AFTER_ONE, ReasonCode.IMAGE_PULL, None),
    "spot_stopped": (EndingKind.INFRASTRUCTURE, ReasonCode.SPOT_INTERRUPTION, 0),
    "stopped_by_user": (
        EndingKind.STOPPED_EXTERNALLY,
        ReasonCode.STOPPED_EXTERNALLY,
        143,
    ),
}
OTHER_REPORTS = {
    "duplicate_batch",
    "mixed_batch",
    "reordered_batch",
    "spot_warning",
    "task_of_someone_else",
    "task_running",
}


def test_every_record_event_is_tested_here():
    assert set(names_in("record")) == set(ENDINGS) | OTHER_REPORTS


@pytest.mark.parametrize(("name", "expected"), ENDINGS.items())
def test_a_stopped_task_ends_as_its_event_is_called(name, expected):
    ending = judged(name)
    assert (ending.kind, ending.reason_code, ending.exit_code) == expected


@pytest.mark.parametrize("name", sorted(set(ENDINGS) | {"task_running"}))
def test_a_report_leads_to_the_job_of_the_example_request(name):
    [report] = reports(name)
    started = parse_started_by(report.started_by)
    assert (started.job_id, started.attempt, started.launch) == (JOB_ID, 1, 1)


def test_a_task_that_never_started_has_no_containers():
    [report] = reports("task_never_started")
    assert report.containers == ()


def test_a_running_task_and_a_spot_warning_are_told_apart():
    [running] = reports("task_running")
    [warning] = reports("spot_warning")
    assert running.is_running
    assert not is_spot_warning(running, we_asked=False)
    assert not warning.is_running
    assert is_spot_warning(warning, we_asked=False)


def test_a_duplicate_says_the_same_and_a_reordered_batch_has_versions():
    first, second = reports("duplicate_batch")
    assert first == second
    stopped, running = reports("reordered_batch")
    assert stopped.is_stopped
    assert running.is_running
    assert stopped.version > running.version


def test_a_task_of_somebody_else_is_foreign():
    [body] = bodies("record", "task_of_someone_else")
    with pytest.raises(ForeignReport, match="group: must be headrace:"):
        read_report(body, OURS)


def test_a_task_of_an_untrusted_job_is_ours_on_its_own_cluster_only():
    cluster_arn = f"{CLUSTER_ARN}-untrusted"
    body = with_change(lambda e: e["detail"].update(clusterArn=cluster_arn))
    both = Expected.of(a_placement(), a_placement(cluster_arn=cluster_arn))
    assert read_report(body, both).cluster_arn == cluster_arn
    with pytest.raises(ForeignReport, match="clusterArn: must be"):
        read_report(body, OURS)


def test_a_mixed_batch_has_readable_unreadable_and_foreign_messages():
    kinds = []
    for body in bodies("record", "mixed_batch"):
        try:
            kinds.append(read_report(body, OURS).last_status)
        except (ForeignReport, UnreadableReport) as error:
            kinds.append(type(error).__name__)
    assert kinds == [
        "STOPPED",
        "UnreadableReport",
        "ForeignReport",
        "RUNNING",
        "UnreadableReport",
    ]


def with_change(change):
    envelope = json.loads(bodies("record", "task_succeeded")[0])
    change(envelope)
    return json.dumps(envelope)


@pytest.mark.parametrize(
    ("error", "name", "change"),
    [
        (UnreadableReport, "source", lambda e: e.update(source="aws.ec2")),
        (UnreadableReport, "detail-type", lambda e: e.pop("detail-type")),
        (UnreadableReport, "detail", lambda e: e.update(detail="text")),
        (UnreadableReport, "version", lambda e: e["detail"].pop("version")),
        (UnreadableReport, "taskArn", lambda e: e["detail"].pop("taskArn")),
        (ForeignReport, "account", lambda e: e.update(account="999999999999")),
        (ForeignReport, "region", lambda e: e.update(region="us-east-1")),
        (ForeignReport, "group", lambda e: e["detail"].pop("group")),
        (
            ForeignReport,
            "clusterArn",
            lambda e: e["detail"].update(clusterArn=f"{CLUSTER_ARN}-2"),
        ),
    ],
)
def test_an_envelope_is_checked_member_by_member(error, name, change):
    with pytest.raises(error, match=name):
        read_report(with_change(change), OURS)


@pytest.mark.parametrize(
    "body", [None, 3, "", "null", "[]", "{", "[" * 100_000, "1" * 5000]
)
def test_a_body_that_is_no_envelope_is_unreadable(body):
    with pytest.raises(UnreadableReport):
        read_report(body, OURS)


def parsed(body):
    return parse_request(body, pinned_tenant=None, now=NOW)


def reason_of(body):
    try:
        parsed(body)
    except InvalidRequest as error:
        return error.rejection.reason
    return None


REASONS = {
    "not_json": Reason.MALFORMED_JSON,
    "unknown_field": Reason.UNKNOWN_FIELD,
    "missing_idempotency_key": Reason.MISSING_FIELD,
    "wrong_type": Reason.INVALID_FIELD,
    "unsupported_schema_version": Reason.UNSUPPORTED_SCHEMA_VERSION,
    "secret_in_message": Reason.SECRET_IN_MESSAGE,
}
GOOD_REQUESTS = {"one_request", "rich_request", "cancel", "rerun", "unknown_job"}


def test_every_dispatch_event_is_tested_here():
    assert set(names_in("dispatch")) == set(REASONS) | GOOD_REQUESTS | {"mixed_batch"}


@pytest.mark.parametrize(("name", "reason"), REASONS.items())
def test_a_bad_request_is_refused_for_the_reason_in_its_name(name, reason):
    [body] = bodies("dispatch", name)
    assert reason_of(body) is reason


@pytest.mark.parametrize("name", sorted(GOOD_REQUESTS))
def test_a_good_request_is_read(name):
    [body] = bodies("dispatch", name)
    assert reason_of(body) is None


def test_the_example_request_its_cancellation_and_its_rerun_are_of_one_job():
    request = parsed(bodies("dispatch", "one_request")[0])
    cancel = parsed(bodies("dispatch", "cancel")[0])
    assert isinstance(request, SubmitRequest)
    assert request.idempotency_key == "hello-2026-11-22"
    assert isinstance(cancel, CancelRequest)
    rerun = parsed(bodies("dispatch", "rerun")[0])
    assert isinstance(rerun, RerunRequest)
    assert cancel.job_id == rerun.job_id == JOB_ID


def test_a_mixed_batch_has_good_bad_and_repeated_requests():
    batch = bodies("dispatch", "mixed_batch")
    assert [reason_of(body) for body in batch] == [
        None,
        Reason.UNKNOWN_FIELD,
        None,
        Reason.MALFORMED_JSON,
        None,
    ]
    assert batch[0] == batch[2]


def test_reconcile_is_woken_by_a_schedule_and_by_record():
    assert names_in("reconcile") == ["tick", "wake", "wake_with_strays"]
    assert "strayTaskArns" not in event("reconcile", "tick")
    assert event("reconcile", "wake")["strayTaskArns"] == []
    assert len(event("reconcile", "wake_with_strays")["strayTaskArns"]) == 1


class Heard:
    """Signals, kept to be looked at; only names that operators know."""

    def __init__(self):
        self.events = []

    def emit(self, name, **fields):
        assert name in EVENT_NAMES
        self.events.append((name, fields.get("message_id")))


def test_a_batch_is_read_message_by_message():
    records = event("record", "mixed_batch")["Records"]
    ids = [record["messageId"] for record in records]
    heard = Heard()
    ports = SimpleNamespace(
        placement=a_placement(), untrusted_placement=None, signals=heard
    )
    deliveries, unreadable = read_deliveries(records, ports)
    assert [each.message_id for each in deliveries] == [ids[0], ids[3]]
    assert unreadable == [ids[1], ids[4]]
    assert heard.events == [
        ("record.message_unreadable", ids[1]),
        ("task.foreign", ids[2]),
        ("record.message_unreadable", ids[4]),
    ]
