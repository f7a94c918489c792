"""The bill of `make bench-calls`: what is counted, and what it costs."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from headrace_local.bill import prices
from headrace_local.bill.counts import (
    Counts,
    UnknownCallError,
    calls_of,
    log_bytes_of,
    reads_of,
    without_ticks,
    writes_of,
)
from headrace_local.bill.item_sizes import (
    index_keys_of,
    item_bytes,
    read_units,
    write_units,
)
from headrace_local.bill.lines import (
    Functions,
    bill_of_a_month,
    bill_of_jobs,
    total,
    total_of_running,
)
from headrace_local.bill.proxy import Exchange

FUNCTIONS = Functions(memory_gb=0.5, architecture="arm64")
INDEX_KEYS = [["duePk", "nextAt"]]
DUE = {"duePk": {"S": "DUE"}, "nextAt": {"S": "2026"}}


def an_item(size, **attributes):
    """An item of so many bytes."""
    item = {"pk": {"S": ""}} | attributes
    item["pk"]["S"] = "x" * (size - item_bytes(item))
    return item


def an_exchange(operation, request=None, response=None, status=200, stage="dispatch"):
    return Exchange(
        stage=stage,
        operation=operation,
        request=json.dumps(request or {}).encode(),
        status=status,
        response=json.dumps(response or {}).encode(),
    )


def some_counts(**changes):
    counts = {
        "of": 10,
        "calls": Counter(),
        "item_writes": 0,
        "write_units": 0,
        "read_units": 0.0,
        "invocations": Counter(),
        "log_bytes": 0,
        "stored_bytes": 0,
        "sends": 0,
        "events": 0,
    }
    return Counts(**(counts | changes))


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "ä"}, 2),
        ({"N": "-1234"}, 3),
        ({"B": b"123"}, 3),
        ({"B": "MTIz"}, 3),  # base64, as on the wire
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["ab", "c"]}, 3),
        ({"L": [{"S": "ab"}, {"BOOL": True}]}, 3 + 3 + 2),
        ({"M": {"k": {"S": "ab"}}}, 3 + 1 + 1 + 2),
    ],
)
def test_a_value_has_the_size_that_dynamodb_counts(value, size):
    assert item_bytes({"name": value}) == len("name") + size


def test_a_write_is_charged_by_the_larger_of_what_stood_and_stands():
    assert write_units(None, an_item(1024), index_keys=()) == 1
    assert write_units(an_item(1025), an_item(10), index_keys=()) == 2


def test_an_index_is_charged_for_entries_that_come_go_and_move():
    item = an_item(100)
    due = item | DUE
    later = due | {"nextAt": {"S": "2027"}}
    pairs = [(None, due), (due, due), (due, item), (due, later), (item, item)]
    units = [write_units(*pair, index_keys=INDEX_KEYS) for pair in pairs]
    assert units == [2, 1, 2, 3, 1]


def test_an_index_that_projects_more_than_keys_is_not_priced():
    index = {"IndexName": "wide", "Projection": {"ProjectionType": "ALL"}}
    with pytest.raises(ValueError, match="wide"):
        index_keys_of({"GlobalSecondaryIndexes": [index]})


def test_reading_nothing_costs_and_doubt_costs_half():
    assert read_units(0, is_consistent=True) == 1
    assert read_units(4097, is_consistent=False) == 1
    names = {"Keys": [{}, {}], "ConsistentRead": True}
    exchanges = [
        an_exchange("dynamodb.Query", {}, {"Items": []}),
        an_exchange("dynamodb.GetItem", {"ConsistentRead": True}, {}),
        an_exchange(
            "dynamodb.BatchGetItem",
            {"RequestItems": {"jobs": names}},
            {"Responses": {"jobs": [an_item(5000)]}},
        ),
    ]
    assert reads_of(exchanges) == 0.5 + 1 + (2 + 1)


def test_a_refused_write_is_charged_for_what_stood_there():
    refused = an_exchange(
        "dynamodb.UpdateItem",
        response={
            "__type": "dynamodb.v20120810#ConditionalCheckFailedException",
            "Item": an_item(3000),
        },
        status=400,
    )
    made = an_exchange("dynamodb.PutItem")
    changes = [(None, an_item(500))]
    assert writes_of([made, refused], changes, ()) == (2, 1 + 3)


def test_a_write_that_changed_nothing_is_charged_too():
    writes = [an_exchange("dynamodb.UpdateItem")] * 2
    assert writes_of(writes, [(an_item(500), an_item(501))], ()) == (2, 2)


def test_a_call_that_no_line_prices_stops_the_count():
    with pytest.raises(UnknownCallError, match="TransactWriteItems"):
        calls_of([an_exchange("dynamodb.TransactWriteItems")])


def test_what_reconcile_did_for_jobs_stays_when_its_ticks_are_taken_away():
    query, describe = (
        ("reconcile", "dynamodb.Query"),
        ("reconcile", "ecs.DescribeTasks"),
    )
    tick = some_counts(of=5, calls=Counter({query: 20}), read_units=10, log_bytes=500)
    counts = some_counts(
        calls=Counter({query: 9, describe: 1}),
        invocations=Counter(reconcile=2, dispatch=1),
        read_units=5.0,
        log_bytes=1000,
    )
    left = without_ticks(counts, tick)
    assert left.calls == {query: 1, describe: 1}
    assert left.invocations == {"dispatch": 1}
    assert (left.read_units, left.log_bytes) == (1.0, 800)


def test_log_lines_are_counted_with_what_cloudwatch_adds():
    assert log_bytes_of(["abc", "ä"]) == 3 + 2 + 2 * 26


def test_a_bill_is_for_a_million_jobs_and_tells_what_is_kept():
    counts = some_counts(write_units=100, stored_bytes=20_000)
    lines = {line.what: line for line in bill_of_jobs(counts, FUNCTIONS)}
    written = lines["DynamoDB: write units"]
    assert written.number == 10 * prices.MILLION
    assert written.dollars == pytest.approx(6.25)
    assert total_of_running(lines.values()) == pytest.approx(6.25)
    kept = total(lines.values()) - total_of_running(lines.values())
    assert kept == pytest.approx(2e9 / 2**30 * 35 / 30 * 0.45)


def test_functions_are_billed_for_every_call_in_turn():
    calls = Counter({("dispatch", "ecs.RunTask"): 10})
    counts = some_counts(calls=calls, invocations=Counter(dispatch=1))
    lines = {line.what: line for line in bill_of_jobs(counts, FUNCTIONS)}
    # Ten calls of 80 ms and 10 ms more, with half a gigabyte, for ten jobs.
    seconds = lines["Lambda: GB-seconds, at most"].number
    assert seconds == pytest.approx(0.5 * (10 * 0.080 + 0.010) / 10 * 1e6)


def test_a_month_without_jobs_has_a_tick_a_minute():
    tick = some_counts(of=5, read_units=10)
    month = bill_of_a_month(tick, FUNCTIONS, metrics=1, alarms=2, dashboards=0)
    lines = {line.what: line for line in month}
    assert lines["Scheduler: ticks"].number == 43_200
    assert lines["DynamoDB: read units"].number == 2 * 43_200
    assert lines["CloudWatch: alarms"].dollars == pytest.approx(0.20)
