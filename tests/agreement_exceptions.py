"""Where the emulators answer otherwise than AWS: all of it that we know of.

Each has a test that shows it, so that we notice when it is gone.
"""

from __future__ import annotations

from typing import Any

from agreement import Call, Difference
from agreement_requests import TABLE

MOTO = frozenset({"moto"})
MINISTACK = frozenset({"ministack"})

_GUIDE = "Amazon DynamoDB Developer Guide"
_API = "Amazon DynamoDB API Reference"
_KEY = {"pk": {"S": "~a"}, "sk": {"S": "META"}}
_CRASHES = {"TypeError", "ValueError", "KeyError"}


def _put(**attributes: Any) -> Call:
    return "put_item", {"TableName": TABLE, "Item": _KEY | attributes}


def _update(update: str, **request: Any) -> Call:
    fields = {"TableName": TABLE, "Key": _KEY, "UpdateExpression": update}
    return "update_item", fields | request


_LOST = _update("SET m.x = :v", ExpressionAttributeValues={":v": {"S": "x"}})


def _is_refused(answer: Any) -> bool:
    return isinstance(answer, tuple) and answer[0] == "refused"


def _is_invalid(answer: Any) -> bool:
    return _is_refused(answer) and answer[1] == "ValidationException"


def _broke(answer: Any) -> bool:
    """A crash of the emulator, or of one action of its transaction."""
    if not isinstance(answer, tuple):
        return False
    return answer[0] == "broke" or any(code in _CRASHES for code, _ in answer[3])


def _says(call: Call, *texts: str) -> bool:
    return any(text in str(call[1]) for text in texts)


def _accepted_though_refused(call: Call, mine: Any, others: Any) -> bool:
    return _is_invalid(mine) and not _is_refused(others)


DYNAMODB: tuple[Difference, ...] = (
    Difference(
        who=MOTO,
        how="fails with a TypeError of its own",
        aws="What compares values of different types, or a missing one, is false.",
        source=f"{_GUIDE}, Comparison operator and function reference",
        calls=(
            _put(s={"S": "a"}),
            _update(
                "REMOVE x",
                ConditionExpression="s < :n",
                ExpressionAttributeValues={":n": {"N": "1"}},
            ),
        ),
        explains=lambda call, _, others: (
            _broke(others) and _says(call, "<", ">", "BETWEEN")
        ),
    ),
    Difference(
        who=MOTO,
        how="fails with a ValueError or TypeError of its own",
        aws="size of an attribute that is missing, or has no size, compares to nothing;"
        " a set's is the number of its members.",
        source=f"{_GUIDE}, Comparison operator and function reference, size",
        calls=(
            (
                "delete_item",
                {
                    "TableName": TABLE,
                    "Key": _KEY,
                    "ConditionExpression": "size(ss) <= :n",
                    "ExpressionAttributeValues": {":n": {"N": "1"}},
                },
            ),
        ),
        explains=lambda call, _, others: _broke(others) and _says(call, "size("),
    ),
    Difference(
        who=MOTO,
        how="fails with a KeyError of its own",
        aws="ValidationException: an expression attribute name used in the document"
        " path is not defined.",
        source=f"{_API}, UpdateItem, ExpressionAttributeNames",
        calls=(
            _update(
                "SET #undefined = :v", ExpressionAttributeValues={":v": {"S": "x"}}
            ),
        ),
        explains=lambda call, _, others: _broke(others) and _says(call, "#undefined"),
    ),
    Difference(
        who=MOTO,
        how="stores it",
        aws="ValidationException: key attributes cannot be empty.",
        source=f"{_GUIDE}, Supported data types and naming rules, String",
        calls=(
            (
                "update_item",
                {
                    "TableName": TABLE,
                    "Key": {"pk": {"S": ""}, "sk": {"S": "META"}},
                    "UpdateExpression": "SET s = :v",
                    "ExpressionAttributeValues": {":v": {"S": "x"}},
                },
            ),
        ),
        explains=lambda call, mine, _: (
            _is_invalid(mine) and call[1].get("Key", {}).get("pk") == {"S": ""}
        ),
    ),
    Difference(
        who=MOTO,
        how="stores it",
        aws="ValidationException: a set may not be empty.",
        source=f"{_GUIDE}, Supported data types and naming rules, Sets",
        calls=(_update("SET ss = :v", ExpressionAttributeValues={":v": {"SS": []}}),),
        explains=lambda call, mine, others: (
            _accepted_though_refused(call, mine, others) and _says(call, "'SS': []")
        ),
    ),
    Difference(
        who=MOTO,
        how="gives a number back as it was written",
        aws="Numbers are kept by value: leading and trailing zeros are trimmed.",
        source=f"{_GUIDE}, Supported data types and naming rules, Number",
        calls=(
            _put(n={"N": "-0.50"}),
            ("get_item", {"TableName": TABLE, "Key": _KEY}),
        ),
        explains=lambda call, _, __: call[0] == "get_item" and _says(call, "numbers"),
    ),
    Difference(
        who=MOTO,
        how="takes a missing attribute for an equal of NULL",
        aws="A missing attribute equals nothing; NULL is a value.",
        source=f"{_GUIDE}, Supported data types and naming rules, Null",
        calls=(
            _put(s={"S": "a"}),
            _update(
                "REMOVE x",
                ConditionExpression="m.y IN (:v)",
                ExpressionAttributeValues={":v": {"NULL": True}},
            ),
        ),
        explains=lambda call, _, __: _says(call, "'NULL': True"),
    ),
    Difference(
        who=MOTO,
        how="raises ValidationException instead",
        aws="TransactionCanceledException with the reason ValidationError, where an"
        " update does not fit the item that stands.",
        source=f"{_API}, TransactWriteItems, Errors, TransactionCanceledException",
        calls=(
            _put(s={"S": "a"}),
            (
                "transact_write_items",
                {"TransactItems": [{"Update": _LOST[1]}]},
            ),
        ),
        explains=lambda call, mine, others: (
            call[0] == "transact_write_items"
            and isinstance(mine, tuple)
            and any(code == "ValidationError" for code, _ in mine[3])
            and _is_invalid(others)
        ),
    ),
    Difference(
        who=MINISTACK,
        how="does nothing",
        aws="ValidationException: the document path is invalid for update, where the"
        " parent of what is removed is missing.",
        source=f"{_GUIDE}, Update expressions, REMOVE",
        calls=(_put(s={"S": "a"}), _update("REMOVE m.x")),
        explains=lambda call, mine, others: (
            _says(call, "REMOVE")
            and _is_refused(mine)
            and (
                mine[1] == "ValidationException"
                or any(code == "ValidationError" for code, _ in mine[3])
            )
        ),
    ),
    Difference(
        who=MINISTACK,
        how="raises ValidationException",
        aws="begins_with of an attribute that is no string or binary is false.",
        source=f"{_GUIDE}, Comparison operator and function reference, begins_with",
        calls=(
            _put(n={"N": "1"}),
            _update(
                "REMOVE x",
                ConditionExpression="begins_with(n, :v)",
                ExpressionAttributeValues={":v": {"S": "a"}},
            ),
        ),
        explains=lambda call, _, others: (
            _says(call, "begins_with") and _is_invalid(others)
        ),
    ),
    Difference(
        who=MOTO,
        how="names no last key where nothing follows",
        aws="A page that ends at its limit names its last key; only an answer without"
        " one says that nothing follows.",
        source=f"{_API}, Query, LastEvaluatedKey",
        calls=(
            _put(s={"S": "a"}),
            (
                "query",
                {
                    "TableName": TABLE,
                    "KeyConditionExpression": "pk = :p",
                    "ExpressionAttributeValues": {":p": {"S": "~a"}},
                    "Limit": 1,
                },
            ),
        ),
        explains=lambda call, mine, others: (
            call[0] == "query"
            and {**mine, "LastEvaluatedKey": None}
            == {**others, "LastEvaluatedKey": None}
        ),
    ),
)

_SQS_API = "Amazon SQS API Reference"
_SENT: Call = ("send", {"MessageBody": "a"})
_RECEIVED: Call = ("receive", {"MaxNumberOfMessages": 1})
_HIDDEN: Call = ("receive", {"MaxNumberOfMessages": 1, "VisibilityTimeout": 600})


def _is_refused_as(answer: Any, code: str) -> bool:
    return _is_refused(answer) and answer[1] == code


def _is_range(call: Call, name: str, highest: int) -> bool:
    return call[1].get(name, 0) > highest


SQS: tuple[Difference, ...] = (
    Difference(
        who=MOTO | MINISTACK,
        how="deletes the message (moto), or raises ReceiptHandleIsInvalid (ministack)",
        aws="An older receipt handle of a message that was received again deletes"
        " nothing, and the request succeeds.",
        source=f"{_SQS_API}, DeleteMessage, note",
        calls=(_SENT, _RECEIVED, _RECEIVED, ("delete", {"back": 1})),
        explains=lambda call, mine, others: (
            call[0] in {"delete", "delete_batch"} and not _is_refused(others)
        ),
    ),
    Difference(
        who=MOTO | MINISTACK,
        how="hides it again",
        aws="A message that is visible again stays so: the call succeeds and does"
        " nothing. (The API Reference lists MessageNotInflight for it.)",
        source="https://github.com/localstack/localstack/pull/9632, compared with AWS",
        calls=(_SENT, _RECEIVED, ("hide", {"back": 0, "VisibilityTimeout": 600})),
        explains=lambda call, mine, _: call[0] == "hide" and not _is_refused(mine),
    ),
    Difference(
        who=MOTO | MINISTACK,
        how="raises ReceiptHandleIsInvalid, or takes an older receipt",
        aws="InvalidParameterValue, message does not exist or is not available for"
        " visibility timeout change.",
        source="https://github.com/aws/aws-sdk-net/issues/1927",
        calls=(
            _SENT,
            _HIDDEN,
            ("delete", {"back": 0}),
            ("hide", {"back": 0, "VisibilityTimeout": 600}),
        ),
        explains=lambda call, mine, _: (
            call[0] == "hide" and _is_refused_as(mine, "InvalidParameterValue")
        ),
    ),
    Difference(
        who=MOTO,
        how="sends it",
        aws="A message has at least one character.",
        source=f"{_SQS_API}, SendMessage, MessageBody",
        calls=(("send", {"MessageBody": ""}),),
        explains=lambda call, mine, _: _is_refused_as(mine, "MissingParameter"),
    ),
    Difference(
        who=MINISTACK,
        how="sends it",
        aws="InvalidParameterValue: DelaySeconds is at most 900.",
        source=f"{_SQS_API}, SendMessage, DelaySeconds",
        calls=(("send", {"MessageBody": "a", "DelaySeconds": 901}),),
        explains=lambda call, _, __: _is_range(call, "DelaySeconds", 900),
    ),
    Difference(
        who=MINISTACK,
        how="hides it for longer",
        aws="InvalidParameterValue: VisibilityTimeout is at most 43,200.",
        source=f"{_SQS_API}, ReceiveMessage, VisibilityTimeout",
        calls=(_SENT, ("receive", {"VisibilityTimeout": 43_201})),
        explains=lambda call, _, __: _is_range(call, "VisibilityTimeout", 43_200),
    ),
    Difference(
        who=MINISTACK,
        how="raises ReceiptHandleIsInvalid",
        aws="Deleting a message that is gone succeeds.",
        source=f"{_SQS_API}, DeleteMessage",
        calls=(_SENT, _HIDDEN, ("delete", {"back": 0}), ("delete", {"back": 0})),
        explains=lambda call, _, others: (
            _is_refused_as(others, "ReceiptHandleIsInvalid")
            if call[0] == "delete"
            else call[0] == "delete_batch"
        ),
    ),
)
