"""`headrace logs`: which stream a launch has, its pages, and why there is none."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from builders import (
    NOW,
    REGION,
    TASK_ARN,
    a_job,
    a_launch,
    a_launch_entry,
    an_outcome,
)
from cli_shell import Shell, a_failed_job
from definition_builders import a_registered, a_resolved
from headrace.aws.definition_table import DefinitionTable
from headrace.jobs.job import JobStatus, ReasonCode
from headrace_client.cli.exit_codes import ExitCode
from headrace_client.errors import DeadlinePassedError, NoLogsError
from headrace_client.job_logs.reading import LogChoice, LogReader
from headrace_client.job_logs.sources import source_of
from headrace_client.job_logs.streams import StreamedLine, StreamPage
from headrace_client.job_logs.tails import SETTLE_SECONDS
from headrace_client.polling import looks
from headrace_local.memory import MemoryDefinitions
from headrace_local.memory.clock import VirtualClock

GROUP = "/ecs/headrace-job-report"
OPTIONS = {
    "awslogs-group": GROUP,
    "awslogs-region": REGION,
    "awslogs-stream-prefix": "job",
}
STREAM = f"job/main/{'a' * 32}"
EARLIER_ARN = TASK_ARN.replace("a" * 32, "b" * 32)


def task_definition(configuration=None, **options):
    container = {"name": "main", "image": "report", "memory": 128}
    if configuration is None:
        configuration = {"logDriver": "awslogs", "options": OPTIONS | options}
    if configuration:
        container["logConfiguration"] = configuration
    return {"taskDefinitionArn": "report:7", "containerDefinitions": [container]}


def test_the_stream_of_a_task_is_prefix_container_and_task_id():
    source = source_of(task_definition(), "main")
    assert (source.group, source.region) == (GROUP, REGION)
    assert source.stream_of(TASK_ARN) == STREAM


@pytest.mark.parametrize(
    ("definition", "container", "words"),
    [
        (task_definition(), "sidecar", "no container 'sidecar'"),
        (task_definition({}), "main", "has no logConfiguration"),
        (task_definition({"logDriver": "splunk"}), "main", "the driver 'splunk'"),
        (task_definition(**{"awslogs-stream-prefix": ""}), "main", "stream-prefix"),
        (task_definition(**{"awslogs-group": ""}), "main", "no awslogs-group"),
    ],
)
def test_output_that_cannot_be_read_is_said_to_be_that(definition, container, words):
    with pytest.raises(NoLogsError, match=words) as raised:
        source_of(definition, container)
    assert raised.value.advice


@dataclass
class Streams:
    """Log streams in memory, whose pages hold two lines and may be empty."""

    lines: dict[str, list[str]] = field(default_factory=dict)
    asked: int = 0

    def page(self, group, stream, *, region, cursor, since_at):
        assert (group, region) == (GROUP, REGION)
        self.asked += 1
        if stream not in self.lines:
            return None
        begin = int(cursor or 0)
        found = self.lines[stream][begin : begin + 2]
        at = since_at or NOW
        streamed = [StreamedLine(at, text) for text in found]
        return StreamPage(streamed, str(begin + len(found)))


class TaskDefinitions:
    def described(self, arn):
        assert arn == a_resolved().arn
        return task_definition()


class Followed:
    """A job whose record and output change as time passes, and who follows it."""

    def __init__(self):
        self.clock = VirtualClock(NOW)
        self.streams = Streams()
        definitions = MemoryDefinitions()
        definitions.register(a_registered())
        self.reader = LogReader(
            catalogue=definitions,
            task_definitions=TaskDefinitions(),
            streams=self.streams,
        )
        self.script = []
        self.job = a_job()

    def at(self, seconds, job=None, **lines):
        self.script.append((NOW + timedelta(seconds=seconds), job, lines))

    def read(self):
        for at, job, lines in list(self.script):
            if at <= self.clock.now():
                self.script.remove((at, job, lines))
                self.job = job or self.job
                for letter, texts in lines.items():
                    self.streams.lines[f"job/main/{letter * 32}"] = texts
        return self.job

    def follow(self, choice=None, *, deadline_seconds=600):
        return self.reader.follow(
            self.read,
            choice or LogChoice(),
            looks=looks(
                deadline_seconds=deadline_seconds,
                now=self.clock.now,
                sleep=self.clock.pause,
            ),
            now=self.clock.now,
        )


RUNNING = a_job(status=JobStatus.RUNNING)
RETRYING = a_job(
    attempt=2,
    history=(a_launch_entry(task_arn=EARLIER_ARN, reason_code=ReasonCode.EXIT_CODE),),
)


def succeeded(seconds, **changes):
    finished_at = NOW + timedelta(seconds=seconds)
    outcome = an_outcome(finished_at=finished_at)
    return a_job(status=JobStatus.SUCCEEDED, outcome=outcome, **changes)


def texts(lines):
    return [line.text for line in lines]


def test_a_job_is_followed_from_before_its_launch_to_its_last_line():
    world = Followed()
    world.at(5, RUNNING, a=["1", "2"])
    world.at(20, a=["1", "2", "3", "4", "5"])
    world.at(30, succeeded(30))
    world.at(30 + SETTLE_SECONDS - 1, a=["1", "2", "3", "4", "5", "last"])
    assert texts(world.follow()) == ["1", "2", "3", "4", "5", "last"]
    assert world.clock.now() - NOW < timedelta(seconds=60)


def test_a_job_without_a_record_yet_is_waited_for():
    world = Followed()
    world.job = None
    world.at(30, succeeded(-3600), a=["all"])
    assert texts(world.follow()) == ["all"]


def test_a_job_that_ended_long_ago_is_not_waited_for():
    world = Followed()
    world.at(0, succeeded(-3600), a=["all"])
    assert texts(world.follow()) == ["all"]
    assert world.clock.now() == NOW


def test_a_job_that_is_tried_again_is_followed_into_its_next_launch():
    world = Followed()
    first = a_job(
        status=JobStatus.RUNNING, launch=a_launch(task_arn=EARLIER_ARN, started_at=NOW)
    )
    world.at(0, first, b=["first"])
    world.at(10, RETRYING, b=["first", "first fails"])
    world.at(20, succeeded(20, attempt=2, history=RETRYING.history), a=["second"])
    lines = list(world.follow())
    assert [(line.attempt, line.text) for line in lines] == [
        (1, "first"),
        (1, "first fails"),
        (2, "second"),
    ]


def test_following_ends_at_the_deadline_and_says_so():
    world = Followed()
    world.at(0, RUNNING, a=["1"])
    lines = world.follow(deadline_seconds=30)
    assert next(lines).text == "1"
    with pytest.raises(DeadlinePassedError):
        next(lines)


def test_without_a_number_the_newest_launch_that_has_a_task_is_read():
    world = Followed()
    world.streams.lines = {f"job/main/{'b' * 32}": ["first"], STREAM: ["second"]}
    read = world.reader.lines
    assert texts(read(RETRYING, LogChoice())) == ["first"]
    both = a_job(status=JobStatus.RUNNING, attempt=2, history=RETRYING.history)
    assert texts(read(both, LogChoice())) == ["second"]
    assert texts(read(both, LogChoice(attempt=1))) == ["first"]
    assert texts(read(both, LogChoice(is_all=True))) == ["first", "second"]


@pytest.mark.parametrize(
    ("job", "choice", "words"),
    [
        (a_job(), LogChoice(), "has not been launched"),
        (RUNNING, LogChoice(attempt=3), "no attempt 3 on record"),
        (RUNNING, LogChoice(attempt=1, launch=9), "no attempt 1, launch 9"),
        (RUNNING, LogChoice(), "has printed nothing yet"),
        (a_job(status=JobStatus.STARTING), LogChoice(), "no task that is known yet"),
        (succeeded(0), LogChoice(), "or its lines have expired"),
        (
            a_job(
                status=JobStatus.FAILED,
                outcome=an_outcome(
                    JobStatus.FAILED,
                    stop_code="TaskFailedToStart",
                    summary="The task never started: no image.",
                ),
            ),
            LogChoice(),
            "printed nothing: The task never started: no image.",
        ),
    ],
)
def test_no_lines_are_an_answer_that_says_why(job, choice, words):
    with pytest.raises(NoLogsError, match=words) as raised:
        list(Followed().reader.lines(job, choice))
    assert raised.value.advice


# -- the command --------------------------------------------------------------


@pytest.fixture(scope="module")
def shell():
    """A deployment in moto with one failed job, whose container printed three lines."""
    with mock_aws(), pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        shell = Shell()
        arn = shell.ecs.register_task_definition(
            family="headrace-job-report",
            containerDefinitions=task_definition()["containerDefinitions"],
        )["taskDefinition"]["taskDefinitionArn"]
        registered = a_registered(resolved=a_resolved(arn=arn))
        DefinitionTable(shell.dynamodb, shell.table_name).register(registered)
        shell.job = a_failed_job()
        shell.jobs.accept(shell.job)
        shell.logs = boto3.client("logs", region_name=REGION)
        shell.logs.create_log_group(logGroupName=GROUP)
        shell.logs.create_log_stream(logGroupName=GROUP, logStreamName=STREAM)
        now_ms = round(NOW.timestamp() * 1000)
        shell.logs.put_log_events(
            logGroupName=GROUP,
            logStreamName=STREAM,
            logEvents=[
                {"timestamp": now_ms + n, "message": text}
                for n, text in enumerate(["one", "two \x1b[31m", "three"])
            ],
        )
        yield shell


def test_lines_are_printed_and_their_launch_beside_them(shell):
    done = shell.run("logs", shell.job.job_id)
    assert done.exit_code == 0, done.output
    assert done.stdout == "one\ntwo \nthree\n"  # without the terminal's colours
    assert done.stderr == "-- attempt 1, launch 1, main --\n"


def test_followed_lines_of_a_job_that_has_ended_are_printed_once(shell):
    done = shell.run("logs", shell.job.job_id, "-f")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == ["one", "two ", "three"]


def test_for_programs_every_line_is_an_object(shell):
    done = shell.run("logs", shell.job.job_id, "--json", "--timestamps")
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["text"] for each in documents] == ["one", "two \x1b[31m", "three"]
    assert documents[0] == {
        "at": "2026-11-22T10:00:00.000Z",
        "text": "one",
        "attempt": 1,
        "launch": 1,
        "container": "main",
    }


def test_lines_since_a_time_leave_out_the_older_ones(shell):
    since = (NOW + timedelta(milliseconds=2)).isoformat()
    done = shell.run("logs", shell.job.job_id, "--since", since)
    assert done.stdout == "three\n"


def test_a_launch_that_is_not_there_is_no_success(shell):
    done = shell.run("logs", shell.job.job_id, "--attempt", "7")
    assert done.exit_code == ExitCode.NO
    assert "has no attempt 7 on record" in done.stderr
    assert "Try: It has attempt 1, launch 1" in done.stderr
