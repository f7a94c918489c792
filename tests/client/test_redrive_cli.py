"""`headrace redrive` without a terminal: it lists, and does what its options say."""

from __future__ import annotations

import json

import boto3
import pytest
from click.testing import CliRunner
from moto import mock_aws

from builders import REGION, a_request_body
from cli_shell import Shell
from definition_builders import a_registered
from headrace.aws.definition_table import DefinitionTable
from headrace_client.cli.root import root
from headrace_client.redrive import QUEUES

EVENT = "dispatch.message_deferred"


class DeadLetters(Shell):
    """A shell whose deployment has dead-letter queues and a log."""

    def __init__(self):
        super().__init__()
        self.dead = {
            queue.name: self.sqs.create_queue(QueueName=f"dead-{queue.name}")[
                "QueueUrl"
            ]
            for queue in QUEUES
        }
        self.variables |= {queue.variable: self.dead[queue.name] for queue in QUEUES}
        self.variables["HEADRACE_DISPATCH_LOG_GROUP"] = "dispatch"
        DefinitionTable(self.dynamodb, self.table_name).register(a_registered())

    def put(self, **changes):
        answer = self.sqs.send_message(
            QueueUrl=self.dead["requests"],
            MessageBody=a_request_body(**changes),
            MessageGroupId="default",
        )
        return answer["MessageId"]

    def log(self, **line):
        logs = boto3.client("logs", region_name=REGION)
        logs.create_log_group(logGroupName="dispatch")
        logs.create_log_stream(logGroupName="dispatch", logStreamName="one")
        sent = self.sqs.receive_message(
            QueueUrl=self.dead["requests"],
            VisibilityTimeout=0,
            MessageSystemAttributeNames=["SentTimestamp"],
        )["Messages"][0]["Attributes"]["SentTimestamp"]
        logs.put_log_events(
            logGroupName="dispatch",
            logStreamName="one",
            logEvents=[{"timestamp": int(sent), "message": json.dumps(line)}],
        )

    def redrive(self, *arguments, **changes):
        return self.run("redrive", "--queue", "requests", *arguments, **changes)


@pytest.fixture
def shell():
    with mock_aws():
        yield DeadLetters()


@pytest.mark.parametrize("columns", ["80", "140"])
def test_a_list_has_id_subject_why_and_last_error(shell, columns):
    message_id = shell.put()
    shell.log(event=EVENT, message_id=message_id, error="RecordUnreadable", detail="x")
    done = shell.redrive(variables={"COLUMNS": columns})
    assert done.exit_code == 0, done.output
    assert message_id in done.output
    for text in ("1 dead letter", "report", "report-2026-11-22", "RecordUnreadable: x"):
        assert text in done.output
    assert "dispatch failed on it eight times" in done.output
    assert max(map(len, done.output.splitlines())) <= int(columns)


def test_json_has_the_whole_body_and_the_runbooks_page(shell):
    message_id = shell.put()
    document = json.loads(shell.redrive("--json").output)
    [letter] = document["deadLetters"]
    assert letter["messageId"] == message_id
    assert letter["body"] == a_request_body()
    assert letter["page"] == "docs/runbook/request-dead-letters.md"
    assert document["queues"] == [
        {"queue": "requests", "waitingBeside": 0, "heldBySomebody": 0}
    ]


def test_no_dead_letters_are_no_error(shell):
    done = shell.redrive()
    assert (done.exit_code, done.output) == (0, "Empty: requests.\n")


def test_one_message_is_shown_whole_with_what_would_become_of_it(shell):
    message_id = shell.put(parameters={"date": 7})
    done = shell.redrive("--message-id", message_id)
    assert "it would be rejected: INVALID_PARAMETERS, parameters.date" in " ".join(
        done.output.split()
    )
    assert '"date": 7' in done.output
    document = json.loads(shell.redrive("--message-id", message_id, "--json").output)
    assert document["sentBack"]["rejection"]["field"] == "parameters.date"


def test_a_message_is_sent_back(shell):
    message_id = shell.put()
    done = shell.redrive("--message-id", message_id, "--send-back", "--json")
    document = json.loads(done.output)
    assert (document["messageId"], document["action"]) == (message_id, "sentBack")
    assert shell.requests() == [json.loads(a_request_body())]
    assert json.loads(shell.redrive("--json").output)["deadLetters"] == []


def test_a_message_that_is_not_there_is_told(shell):
    shell.put()
    done = shell.redrive("--message-id", "nobody", "--send-back")
    assert done.exit_code == 1
    assert "no dead letter 'nobody'" in done.output
    assert "Try: headrace redrive --list" in done.output


def test_an_edit_that_would_be_rejected_shows_field_limit_and_value(shell):
    message_id = shell.put()
    done = shell.redrive(
        *("--message-id", message_id, "--edit", "-"),
        input=a_request_body(timeoutSeconds=10**6),
    )
    assert done.exit_code == 1
    for text in ("LIMIT_EXCEEDED", "field", "timeoutSeconds", "limit", "1000000"):
        assert text in done.output
    assert shell.requests() == []


def test_an_edited_message_is_sent(shell, tmp_path):
    message_id = shell.put(parameters={"date": 7})
    path = tmp_path / "fixed.json"
    path.write_text(a_request_body())
    done = shell.redrive("--message-id", message_id, "--edit", str(path))
    assert (done.exit_code, shell.requests()) == (0, [json.loads(a_request_body())])


def test_a_dropped_message_is_listed_with_who_and_why(shell):
    message_id = shell.put()
    done = shell.redrive("--message-id", message_id, "--drop", "--note", "not needed")
    assert done.exit_code == 0, done.output
    listed = shell.redrive("--dropped").output
    assert "not needed" in listed
    assert message_id.rpartition("-")[2] in listed
    whole = json.loads(shell.redrive("--dropped", "--message-id", message_id).output)
    assert (whole["body"], whole["note"]) == (a_request_body(), "not needed")
    assert whole["droppedBy"].startswith("arn:aws:")


def test_all_are_sent_back_and_counted(shell):
    for number in range(3):
        shell.put(idempotencyKey=f"r-{number}")
    done = shell.redrive("--all", "--send-back")
    assert done.stdout == "Sent back 3; 0 stay.\n"
    assert len(shell.requests()) == 3


def test_what_stays_makes_the_command_fail(shell):
    shell.sqs.send_message(QueueUrl=shell.dead["schedules"], MessageBody="{}")
    done = shell.run("redrive", "--queue", "schedules", "--all", "--send-back")
    assert done.exit_code == 1
    assert "Sent back 0; 1 stay." in done.stdout
    assert "nothing to say" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--send-back"], "Which message?"),
        (["--all"], "--all needs"),
        (["--all", "--edit", "x"], "--edit is for one message"),
        (["--message-id", "x", "--drop"], "--drop and --note TEXT go together"),
        (["--message-id", "x", "--send-back", "--drop"], "Only one of"),
        (["--list", "--all", "--send-back"], "change nothing"),
        (["--message-id", "x", "--edit", "/nowhere"], "/nowhere"),
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments, problem):
    done = CliRunner().invoke(root, ["redrive", *arguments])
    assert done.exit_code == 2
    assert problem in done.output
