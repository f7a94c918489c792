"""What only our DynamoDB in memory has: lag, listeners, a clock, and no aliases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from builders import NOW
from headrace_local.memory import VirtualClock
from headrace_local.memory_sdk import MemoryDynamoDb
from tables import a_table

KEY = {"pk": {"S": "JOB#1"}, "sk": {"S": "META"}}
DUE = {"duePk": {"S": "DUE#0"}, "nextAt": {"S": "2026-01"}}
UPDATED = {"TableName": "table", "Key": KEY}


@pytest.fixture
def clock():
    return VirtualClock(NOW)


@pytest.fixture
def client(clock):
    client = MemoryDynamoDb(clock)
    table(client)
    return client


def table(client):
    definition = a_definition()
    client.create_table(TableName="table", **definition)


def a_definition():
    names = ("pk", "sk", "duePk", "nextAt")
    return {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in names
        ],
        "KeySchema": key_schema("pk", "sk"),
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "due",
                "KeySchema": key_schema("duePk", "nextAt"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
            {
                "IndexName": "whole",
                "KeySchema": key_schema("duePk", "nextAt"),
                "Projection": {"ProjectionType": "ALL"},
            },
        ],
    }


def key_schema(partition, sort):
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def put(client, **attributes):
    client.put_item(TableName="table", Item=KEY | attributes)


def get(client):
    return client.get_item(TableName="table", Key=KEY).get("Item")


def update(client, expression, condition=None, **values):
    request = {"UpdateExpression": expression}
    if values:
        request["ExpressionAttributeValues"] = {f":{n}": v for n, v in values.items()}
    if condition is not None:
        request["ConditionExpression"] = condition
    return client.update_item(**UPDATED, **request)


def due(client, index="due", **request):
    return client.query(
        TableName="table",
        IndexName=index,
        KeyConditionExpression="duePk = :p",
        ExpressionAttributeValues={":p": {"S": "DUE#0"}},
        **request,
    )["Items"]


def code_of(error):
    return error.value.response["Error"]["Code"]


# --- Indexes ----------------------------------------------------------------------


def test_an_index_shows_a_change_after_its_lag_and_the_table_at_once(clock):
    client = MemoryDynamoDb(clock, index_lag_seconds=lambda _index, _key: 2.0)
    table(client)
    put(client, **DUE)
    assert get(client) == KEY | DUE
    clock.advance(1.999)
    assert due(client) == []
    clock.advance(0.001)
    assert due(client) == [KEY | DUE]


def test_the_lag_is_asked_for_each_index_and_row(clock):
    asked = []
    client = MemoryDynamoDb(
        clock, index_lag_seconds=lambda *question: asked.append(question) or 0.0
    )
    table(client)
    put(client, **DUE)
    update(client, "SET note = :v", v={"S": "not in the index that has keys only"})
    assert asked == [
        ("due", ("JOB#1", "META")),
        ("whole", ("JOB#1", "META")),
        ("whole", ("JOB#1", "META")),
    ]


def test_a_later_change_of_a_row_is_never_shown_before_an_earlier_one(clock):
    lags = iter([10.0, 10.0, 0.0, 0.0])
    client = MemoryDynamoDb(clock, index_lag_seconds=lambda _index, _key: next(lags))
    table(client)
    put(client, **DUE)
    update(client, "SET nextAt = :v", v={"S": "2026-02"})
    clock.advance(9)
    assert due(client) == []
    clock.advance(1)
    assert [entry["nextAt"] for entry in due(client)] == [{"S": "2026-02"}]


def test_an_index_holds_only_items_with_its_keys(client):
    put(client, duePk={"S": "DUE#0"})
    assert due(client) == []
    update(client, "SET nextAt = :v", v={"S": "2026-01"})
    assert len(due(client)) == 1
    update(client, "REMOVE duePk")
    assert due(client) == []


def test_an_index_of_whole_items_follows_every_attribute(client):
    put(client, **DUE)
    update(client, "SET note = :v", v={"S": "new"})
    assert due(client, "whole") == [KEY | DUE | {"note": {"S": "new"}}]


def test_an_index_is_never_read_consistently(client):
    with pytest.raises(ClientError) as error:
        due(client, ConsistentRead=True)
    assert code_of(error) == "ValidationException"


def test_an_index_is_ordered_by_the_bytes_of_its_sort_key_in_utf_8(client):
    order = ["Z", "a", "é", "\uffff", "\U0001f682"]
    for number, text in enumerate(reversed(order)):
        item = KEY | {"sk": {"S": str(number)}} | DUE | {"nextAt": {"S": text}}
        client.put_item(TableName="table", Item=item)
    assert [entry["nextAt"]["S"] for entry in due(client)] == order
    backwards = due(client, ScanIndexForward=False)
    assert [entry["nextAt"]["S"] for entry in backwards] == order[::-1]


@pytest.mark.parametrize("is_forward", [True, False])
def test_pages_give_every_entry_once_even_if_the_last_one_is_gone(client, is_forward):
    for number in range(7):
        client.put_item(TableName="table", Item=KEY | {"sk": {"S": str(number)}} | DUE)
    request = {
        "TableName": "table",
        "IndexName": "due",
        "KeyConditionExpression": "duePk = :p",
        "ExpressionAttributeValues": {":p": {"S": "DUE#0"}},
        "ScanIndexForward": is_forward,
        "Limit": 2,
    }
    seen = []
    while True:
        page = client.query(**request)
        seen += [entry["sk"]["S"] for entry in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        last = page["LastEvaluatedKey"]
        client.delete_item(TableName="table", Key={"pk": last["pk"], "sk": last["sk"]})
        request["ExclusiveStartKey"] = last
    assert sorted(seen) == [str(number) for number in range(7)]


# --- Aliases ----------------------------------------------------------------------

NESTED = {"l": {"L": [{"M": {"x": {"S": "a"}}}]}, "ss": {"SS": ["a"]}, "s": {"S": "a"}}


def spoil(item):
    item["l"]["L"][0]["M"]["x"]["S"] = "spoilt"
    item["l"]["L"].append({"S": "spoilt"})
    item["ss"]["SS"].append("spoilt")
    item["s"]["S"] = "spoilt"


def a_copy_of_nested():
    return {
        "l": {"L": [{"M": {"x": {"S": "a"}}}]},
        "ss": {"SS": ["a"]},
        "s": {"S": "a"},
    }


def test_what_a_caller_does_to_its_arguments_changes_nothing(client):
    given = a_copy_of_nested()
    put(client, **given)
    spoil(given)
    assert get(client) == KEY | NESTED


def test_what_a_caller_does_to_an_update_s_values_changes_nothing(client):
    given = a_copy_of_nested()
    update(client, "SET l = :l, ss = :ss, s = :s", **given)
    spoil(given)
    assert get(client) == KEY | NESTED


@pytest.mark.parametrize(
    "kind", ["get", "batch", "scan", "query", "returned", "failed"]
)
def test_what_a_caller_does_to_an_answer_changes_nothing(client, kind):
    put(client, **a_copy_of_nested(), **DUE)
    spoil(read(client, kind))
    assert get(client) == KEY | NESTED | DUE


def read(client, kind):
    if kind == "get":
        return get(client)
    if kind == "batch":
        answer = client.batch_get_item(RequestItems={"table": {"Keys": [KEY]}})
        return answer["Responses"]["table"][0]
    if kind == "scan":
        return client.scan(TableName="table")["Items"][0]
    if kind == "query":
        return due(client, "whole")[0]
    if kind == "returned":
        return client.update_item(**UPDATED, ReturnValues="ALL_NEW")["Attributes"]
    with pytest.raises(ClientError) as error:
        client.put_item(
            TableName="table",
            Item=KEY,
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    return error.value.response["Item"]


# --- Listeners --------------------------------------------------------------------


def test_a_listener_is_told_of_every_change_before_and_after(client):
    told = []
    client.observe(lambda *change: told.append(change))
    put(client, s={"S": "a"})
    update(client, "SET s = :v", v={"S": "b"})
    client.delete_item(TableName="table", Key=KEY)
    first, second = KEY | {"s": {"S": "a"}}, KEY | {"s": {"S": "b"}}
    assert told == [
        ("table", None, first),
        ("table", first, second),
        ("table", second, None),
    ]


def test_a_write_that_changes_nothing_or_fails_is_not_told(client):
    put(client, s={"S": "a"})
    told = []
    client.observe(lambda *change: told.append(change))
    put(client, s={"S": "a"})
    client.delete_item(TableName="table", Key=KEY | {"sk": {"S": "none"}})
    with pytest.raises(ClientError):
        update(client, "SET s = :v", "attribute_not_exists(pk)", v={"S": "b"})
    assert told == []


def test_what_a_listener_was_told_stays_as_it_was(client):
    told = []
    put(client, l={"L": [{"S": "a"}]})
    client.observe(lambda *change: told.append(change))
    update(client, "SET l = list_append(l, :v)", v={"L": [{"S": "b"}]})
    update(client, "SET l[0] = :v", v={"S": "c"})
    assert told[0][2]["l"] == {"L": [{"S": "a"}, {"S": "b"}]}


# --- Transactions -----------------------------------------------------------------


def a_put(number, **request):
    return {
        "Put": {"TableName": "table", "Item": KEY | {"sk": {"S": str(number)}}}
        | request
    }


def test_a_cancelled_transaction_writes_nothing_and_says_why(client):
    put(client, s={"S": "stands"})
    failing = {
        "ConditionCheck": {
            "TableName": "table",
            "Key": KEY,
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }
    with pytest.raises(ClientError) as error:
        client.transact_write_items(TransactItems=[a_put(1), failing])
    assert code_of(error) == "TransactionCanceledException"
    assert error.value.response["CancellationReasons"] == [
        {"Code": "None"},
        {
            "Code": "ConditionalCheckFailed",
            "Message": "The conditional request failed",
            "Item": KEY | {"s": {"S": "stands"}},
        },
    ]
    assert len(client.items("table")) == 1


def test_a_transaction_of_a_token_is_done_once_within_ten_minutes(client, clock):
    adding = {
        "Update": UPDATED
        | {
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }
    request = {"TransactItems": [adding], "ClientRequestToken": "token"}
    client.transact_write_items(**request)
    clock.advance(599)
    client.transact_write_items(**request)
    assert get(client)["n"] == {"N": "1"}
    clock.advance(1)
    client.transact_write_items(**request)
    assert get(client)["n"] == {"N": "2"}


def test_a_token_is_refused_for_another_transaction(client):
    client.transact_write_items(TransactItems=[a_put(1)], ClientRequestToken="token")
    with pytest.raises(ClientError) as error:
        client.transact_write_items(
            TransactItems=[a_put(2)], ClientRequestToken="token"
        )
    assert code_of(error) == "IdempotentParameterMismatchException"


# --- Limits -----------------------------------------------------------------------


def test_an_item_of_400_kb_is_stored_and_one_byte_more_is_not(client):
    names_and_keys = len("pkJOB#1skMETAs")
    room = 400 * 1024 - names_and_keys
    put(client, s={"S": "x" * room})
    with pytest.raises(ClientError, match="Item size"):
        put(client, s={"S": "x" * (room + 1)})
    with pytest.raises(ClientError, match="Item size"):
        update(client, "SET s = :v", v={"S": "x" * (room + 1)})


def test_an_item_that_is_updated_often_does_not_grow(client):
    for _ in range(5):
        update(client, "SET s = :v", v={"S": "x" * 300_000})
    assert len(get(client)["s"]["S"]) == 300_000


def test_a_page_ends_after_a_megabyte(client):
    for number in range(4):
        item = KEY | {"sk": {"S": str(number)}, "s": {"S": "x" * 390_000}}
        client.put_item(TableName="table", Item=item)
    request = {
        "TableName": "table",
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": KEY["pk"]},
    }
    page = client.query(**request)
    assert len(page["Items"]) == 3
    rest = client.query(**request, ExclusiveStartKey=page["LastEvaluatedKey"])
    assert [item["sk"] for item in rest["Items"]] == [{"S": "3"}]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("007", "7"),
        ("-0.50", "-0.5"),
        ("1E+2", "100"),
        ("0e5", "0"),
        ("1" + "0" * 50, "1" + "0" * 50),
        ("0." + "0" * 129 + "1", "0." + "0" * 129 + "1"),
    ],
)
def test_a_number_is_kept_by_its_value(client, given, kept):
    put(client, n={"N": given})
    assert get(client)["n"] == {"N": kept}


@pytest.mark.parametrize(
    "number", ["", "x", "NaN", "Infinity", "1_0", "1" * 39, "1E+126", "1E-131"]
)
def test_what_is_no_number_of_dynamodb_is_refused(client, number):
    with pytest.raises(ClientError) as error:
        put(client, n={"N": number})
    assert code_of(error) == "ValidationException"


def test_a_sum_that_dynamodb_cannot_hold_is_refused(client):
    put(client, n={"N": "9" * 38})
    with pytest.raises(ClientError, match="38 significant digits"):
        update(client, "ADD n :v", v={"N": "0.1"})


@pytest.mark.parametrize(
    "value",
    [{"S": 5}, {"N": 5}, {"BOOL": "true"}, {"B": "text"}, {"SS": "a"}, {"X": 1}],
)
def test_what_botocore_does_not_send_is_refused_as_botocore_does(client, value):
    with pytest.raises(ParamValidationError):
        put(client, v=value)


def test_a_missing_parameter_is_refused_as_botocore_does(client):
    with pytest.raises(ParamValidationError, match="Key"):
        client.get_item(TableName="table")


def test_a_parameter_that_is_not_kept_in_memory_is_told(client):
    with pytest.raises(NotImplementedError, match="Expected"):
        client.put_item(TableName="table", Item=KEY, Expected={})


@pytest.mark.parametrize(
    "condition",
    ["((s = :v))", "s = = :v", "(s = :v", "s :v", "exists(s)", "s = :v AND", ""],
)
def test_a_condition_that_is_none_is_refused(client, condition):
    with pytest.raises(ClientError) as error:
        update(client, "SET s = :v", condition, v={"S": "a"})
    assert code_of(error) == "ValidationException"


def test_a_table_that_is_not_there_is_told(client):
    with pytest.raises(ClientError) as error:
        client.get_item(TableName="other", Key=KEY)
    assert code_of(error) == "ResourceNotFoundException"


def test_the_template_s_table_is_described_with_its_indexes(clock):
    client = MemoryDynamoDb(clock)
    name = a_table(client)
    told = client.describe_table(TableName=name)["Table"]
    names = {index["IndexName"] for index in told["GlobalSecondaryIndexes"]}
    assert names == {
        "due",
        "ready",
        "byTenant",
        "byJobName",
        "byStatus",
        "byCorrelation",
    }
    assert told["TableStatus"] == "ACTIVE"


def test_an_answer_says_that_it_came_at_the_first_try(client):
    metadata = client.get_item(TableName="table", Key=KEY)["ResponseMetadata"]
    assert metadata == {"HTTPStatusCode": 200, "RetryAttempts": 0}


def test_the_clock_need_not_stand_still_for_an_index(clock):
    """A change that is due while another one is made is shown after it, not lost."""
    client = MemoryDynamoDb(clock, index_lag_seconds=lambda _index, _key: 1.0)
    table(client)
    for number in range(3):
        put(client, **DUE | {"nextAt": {"S": f"2026-0{number + 1}"}})
        clock.advance(timedelta(seconds=0.6).total_seconds())
    assert [entry["nextAt"]["S"] for entry in due(client)] == ["2026-02"]
    clock.advance(1)
    assert [entry["nextAt"]["S"] for entry in due(client)] == ["2026-03"]


# --- Comparisons ------------------------------------------------------------------


def holds(client, condition, **values):
    try:
        update(client, "REMOVE nothing", condition, **values)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True


@pytest.mark.parametrize("sign", ["=", "<", "<=", ">", ">="])
def test_values_of_different_types_compare_as_false(client, sign):
    put(client, n={"N": "5"}, s={"S": "5"}, b={"B": b"5"})
    assert not holds(client, f"n {sign} s")
    assert not holds(client, f"s {sign} n")
    assert not holds(client, f"b {sign} s")


@pytest.mark.parametrize("sign", ["=", "<", "<=", ">", ">="])
def test_a_missing_attribute_compares_as_false_even_with_a_missing_one(client, sign):
    put(client, n={"N": "5"})
    assert not holds(client, f"n {sign} nowhere")
    assert not holds(client, f"nowhere {sign} nowhere")


def test_not_equal_is_the_contrary_of_equal_also_where_something_is_missing(client):
    put(client, n={"N": "5"}, s={"S": "5"})
    assert holds(client, "n <> s")
    assert holds(client, "n <> nowhere")
    assert not holds(client, "n <> :v", v={"N": "5.0"})


@pytest.mark.parametrize(("low", "high"), [("9", "10"), ("-10", "-9"), ("1.5", "2")])
def test_numbers_compare_by_value(client, low, high):
    put(client, lowest={"N": low}, highest={"N": high})
    assert holds(client, "lowest < highest")
    assert holds(client, "highest BETWEEN lowest AND highest")
    assert not holds(client, "lowest > highest")
