"""The example of a consumer: its rule hears what is announced, and it counts once."""

from __future__ import annotations

import importlib.util
import json
import random

import boto3
import pytest
from moto import mock_aws

from builders import REGION
from expanded_template import ROOT
from headrace.announcements.event import DETAIL_TYPE, REJECTED, SOURCE
from headrace.jobs.job import JobStatus
from headrace_local.template import read_template

EXAMPLE = ROOT / "examples" / "consumer"
TABLE = "states"


@pytest.fixture(scope="module")
def resources():
    return read_template(EXAMPLE / "template.yaml")["Resources"]


@pytest.fixture
def consumer(monkeypatch):
    """The function's module, over a table of its own."""
    for name, value in {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "STATE_TABLE_NAME": TABLE,
    }.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location("consumer", EXAMPLE / "consumer.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with mock_aws():
        boto3.resource("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
        yield module


def a_message(detail):
    body = json.dumps({"source": SOURCE, "detail-type": DETAIL_TYPE, "detail": detail})
    return {"messageId": f"message-{id(detail)}", "body": body}


def a_life(job):
    return [
        {"jobId": job, "sequence": number, "status": status, "at": f"at {number}"}
        for number, status in enumerate(["STARTING", "RUNNING", "SUCCEEDED"], 1)
    ]


def test_the_rule_hears_every_end_and_every_rejection(resources):
    pattern = resources["EndRule"]["Properties"]["EventPattern"]
    assert pattern["source"] == [SOURCE]
    assert pattern["detail-type"] == [DETAIL_TYPE]
    ends = {str(status) for status in JobStatus if status.is_terminal}
    assert set(pattern["detail"]["status"]) == ends | {REJECTED}


@pytest.mark.parametrize("seed", range(5))
def test_the_newest_state_stays_however_often_and_in_whichever_order_events_come(
    consumer, capsys, seed
):
    details = [*a_life("one"), *a_life("two")] * 2
    random.Random(seed).shuffle(details)  # noqa: S311 - an order, not a secret
    answer = consumer.handler({"Records": list(map(a_message, details))}, None)

    assert answer == {"batchItemFailures": []}
    kept = boto3.resource("dynamodb").Table(TABLE).scan()["Items"]
    assert {each["id"]: each["status"] for each in kept} == {
        "one": "SUCCEEDED",
        "two": "SUCCEEDED",
    }
    assert capsys.readouterr().out.count("one is SUCCEEDED") == 1


def test_an_event_that_cannot_be_read_comes_again_and_stops_nobody(consumer, capsys):
    broken = {"messageId": "broken", "body": "{"}
    records = [broken, a_message(a_life("one")[0])]
    answer = consumer.handler({"Records": records}, None)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "broken"}]}
    assert "one is STARTING" in capsys.readouterr().out
