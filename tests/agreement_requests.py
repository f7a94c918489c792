"""Generated DynamoDB requests: expressions of every kind, and broken ones.

`~` stands for what tells one sequence's items from another's.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

TABLE = "TABLE"
"""Stands for the table's name, which differs from client to client."""

PKS = ("~a", "~b")
SKS = ("META", "V#1", "V#2")
TEXTS = ("", "a", "ab", "b", "é", "\U0001f682", "V#1")
NUMBERS = ("0", "1", "-1", "2", "10", "1.5", "-0.25", "9" * 38)


def a_text(values=TEXTS):
    return st.sampled_from(values).map(lambda text: {"S": text})


A_NUMBER = st.sampled_from(NUMBERS).map(lambda text: {"N": text})
A_TEXT_SET = st.sets(st.sampled_from(("a", "b", "c")), min_size=1).map(
    lambda members: {"SS": sorted(members)}
)
A_NUMBER_SET = st.sets(st.sampled_from(("1", "2", "3")), min_size=1).map(
    lambda members: {"NS": sorted(members)}
)
A_SCALAR = st.one_of(
    a_text(),
    A_NUMBER,
    st.booleans().map(lambda flag: {"BOOL": flag}),
    st.just({"NULL": True}),
    st.sampled_from((b"a", b"ab", b"\x00")).map(lambda content: {"B": content}),
)
A_LIST = st.lists(A_SCALAR, max_size=3).map(lambda parts: {"L": parts})
A_MAP = st.dictionaries(st.sampled_from(("x", "y")), A_SCALAR, max_size=2).map(
    lambda parts: {"M": parts}
)
BY_NAME = {
    "s": a_text(),
    "n": A_NUMBER,
    "status": a_text(("RUNNING", "STARTING")),
    "ss": A_TEXT_SET,
    "ns": A_NUMBER_SET,
    "l": A_LIST,
    "m": A_MAP,
    "any": st.one_of(A_SCALAR, A_LIST, A_MAP, A_TEXT_SET),
}
INDEXED = st.fixed_dictionaries(
    {},
    optional={
        "duePk": a_text(("~DUE#0", "~DUE#1")),
        "nextAt": a_text(("2026-01", "2026-02", "2026-03")),
    },
)
A_KEY = st.fixed_dictionaries({"pk": a_text(PKS), "sk": a_text(SKS)})
AN_ITEM = st.builds(
    lambda key, own, indexed: key | own | indexed,
    A_KEY,
    st.fixed_dictionaries({}, optional=BY_NAME),
    INDEXED,
)
PATHS = (
    *tuple((name,) for name in BY_NAME),
    ("m", "x"),
    ("m", "y"),
    ("l", 0),
    ("l", 1),
)

ONE, FIVE = st.just({"N": "1"}), st.just({"N": "5"})
ORDERED = st.one_of(a_text(), A_NUMBER)
SIGNS = dict.fromkeys(("<", "<=", ">", ">="), ORDERED)
"""What an ordering compares to; `=` and `<>` compare to something alike."""

ACTIONS_OF = {
    "n": ("raise", "raise_from", "add"),
    "l": ("append", "inside", "cut"),
    "m": ("inside", "cut"),
    "ss": ("add", "delete"),
    "ns": ("add", "delete"),
}


class Expressions:
    """Draws the expressions of one request, and collects their placeholders."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def path(self, path=None) -> str:
        """Write a path with a placeholder for each name."""
        written = ""
        for element in path or self._draw(st.sampled_from(PATHS)):
            if isinstance(element, int):
                written += f"[{element}]"
            else:
                written += ("." if written else "") + self.name(element)
        return written

    def name(self, name: str) -> str:
        """Return a name's placeholder."""
        self._names[f"#{name}"] = name
        return f"#{name}"

    def value(self, strategy) -> str:
        """Return a drawn value's placeholder."""
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = self._draw(strategy)
        return placeholder

    def condition(self, depth: int = 2) -> str:
        """Draw a condition."""
        kind = self._draw(
            st.sampled_from(("one", "AND", "OR", "NOT")[: 1 + 3 * bool(depth)])
        )
        if kind == "one":
            return self._test()
        if kind == "NOT":
            return f"NOT ({self._test()} AND {self._test()})"
        return f"({self.condition(depth - 1)} {kind} {self.condition(depth - 1)})"

    def _test(self) -> str:
        path = self._draw(st.sampled_from(PATHS))
        near = BY_NAME[path[0]] if len(path) == 1 else A_SCALAR
        at, sign = self.path(path), self._draw(st.sampled_from(("=", "<>", *SIGNS)))
        size = st.integers(0, 3).map(lambda number: {"N": str(number)})
        types = a_text(("S", "N", "SS", "L", "M", "BOOL"))
        parts = st.one_of(a_text(), A_NUMBER)
        value = self.value
        tests = {
            "exists": lambda: f"attribute_exists({at})",
            "missing": lambda: f"attribute_not_exists({at})",
            "in": lambda: f"{at} IN ({value(near)}, {value(near)})",
            "between": lambda: f"{at} BETWEEN {value(ONE)} AND {value(FIVE)}",
            "starts": lambda: f"begins_with({at}, {value(a_text(('a', 'R')))})",
            "contains": lambda: f"contains({at}, {value(parts)})",
            "type": lambda: f"attribute_type({at}, {value(types)})",
            "size": lambda: f"size({at}) {sign} {value(size)}",
            "compare": lambda: f"{at} {sign} {value(SIGNS.get(sign, near))}",
        }
        return tests[self._draw(st.sampled_from(tuple(tests)))]()

    def update(self) -> str:
        """Draw an update of different attributes."""
        clauses: dict[str, list[str]] = {}
        names = self._draw(
            st.lists(
                st.sampled_from(sorted(BY_NAME)), min_size=1, max_size=4, unique=True
            )
        )
        for name in names:
            clause, action = self._action(name)
            clauses.setdefault(clause, []).append(action)
        return " ".join(
            f"{clause} {', '.join(all_)}" for clause, all_ in clauses.items()
        )

    def _action(self, name: str) -> tuple[str, str]:
        at, own, value = self.path((name,)), BY_NAME[name], self.value
        inner = ("l", 0) if name == "l" else ("m", "x")
        small = ONE if name == "n" else own
        actions = {
            "set": lambda: ("SET", f"{at} = {value(own)}"),
            "keep": lambda: ("SET", f"{at} = if_not_exists({at}, {value(own)})"),
            "remove": lambda: ("REMOVE", at),
            "raise": lambda: ("SET", f"{at} = {at} + {value(ONE)}"),
            "raise_from": lambda: (
                "SET",
                f"{at} = if_not_exists({at}, {value(FIVE)}) - {value(ONE)}",
            ),
            "append": lambda: ("SET", f"{at} = list_append({at}, {value(A_LIST)})"),
            "inside": lambda: ("SET", f"{self.path(inner)} = {value(A_SCALAR)}"),
            "cut": lambda: ("REMOVE", self.path(inner)),
            "add": lambda: ("ADD", f"{at} {value(small)}"),
            "delete": lambda: ("DELETE", f"{at} {value(own)}"),
        }
        choices = ("set", "keep", "remove", *ACTIONS_OF.get(name, ()))
        return actions[self._draw(st.sampled_from(choices))]()

    def given(self) -> dict[str, Any]:
        """Return the names and values that were used."""
        given: dict[str, Any] = {}
        if self._names:
            given["ExpressionAttributeNames"] = self._names
        if self._values:
            given["ExpressionAttributeValues"] = self._values
        return given


@st.composite
def a_write(draw, kind=None):
    """Draw one of the writes, as the method's name and its arguments."""
    kind = kind or draw(st.sampled_from(("put_item", "update_item", "delete_item")))
    expressions = Expressions(draw)
    request: dict[str, Any] = {"TableName": TABLE}
    if kind == "put_item":
        request["Item"] = draw(AN_ITEM)
    else:
        request["Key"] = draw(A_KEY)
    if kind == "update_item":
        request["UpdateExpression"] = expressions.update()
    if draw(st.booleans()) or kind == "check":
        request["ConditionExpression"] = expressions.condition()
    if draw(st.booleans()):
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return kind, request | expressions.given()


@st.composite
def a_told_write(draw):
    """Draw a write that may also ask for what stood, or what stands."""
    kind, request = draw(a_write())
    told = ["NONE", "ALL_OLD"]
    if kind == "update_item":
        told += ["ALL_NEW"]
    return kind, request | {"ReturnValues": draw(st.sampled_from(told))}


@st.composite
def a_broken_write(draw):
    """Draw a write that DynamoDB refuses whatever stands."""
    kind, request = draw(a_write("update_item"))
    flaw = draw(
        st.sampled_from(
            (
                "unused value",
                "unused name",
                "undefined name",
                "undefined value",
                "key",
                "empty set",
                "empty key",
                "index key",
                "overlap",
                "no values",
                "short key",
                "reserved",
            )
        )
    )
    names = dict(request.get("ExpressionAttributeNames", {}))
    values = dict(request.get("ExpressionAttributeValues", {}))
    if flaw == "unused value":
        values[":unused"] = {"S": "x"}
    elif flaw == "unused name":
        names["#unused"] = "unused"
    elif flaw == "empty set":
        request["UpdateExpression"], values = "SET ss = :empty", {":empty": {"SS": []}}
    elif flaw == "empty key":
        request["Key"] = {"pk": {"S": ""}, "sk": {"S": "META"}}
    elif flaw == "short key":
        request["Key"] = {"pk": {"S": "~a"}}
    elif flaw == "no values":
        values = {}
    else:
        request["UpdateExpression"], values = {
            "undefined name": ("SET #undefined = :v", {":v": {"S": "x"}}),
            "undefined value": ("SET s = :undefined", {":v": {"S": "x"}}),
            "key": ("SET sk = :v", {":v": {"S": "x"}}),
            "index key": ("SET duePk = :v", {":v": {"N": "1"}}),
            "overlap": ("SET m = :v, m.x = :v", {":v": {"S": "x"}}),
            "reserved": ("SET status = :v", {":v": {"S": "x"}}),
        }[flaw]
    if request["UpdateExpression"].startswith("SET ss = :e") or flaw in {
        "undefined name",
        "undefined value",
        "key",
        "index key",
        "overlap",
        "reserved",
    }:
        names = {}
        request.pop("ConditionExpression", None)
    request.pop("ExpressionAttributeNames", None)
    request.pop("ExpressionAttributeValues", None)
    if names:
        request["ExpressionAttributeNames"] = names
    if values or flaw == "no values":
        request["ExpressionAttributeValues"] = values
    return kind, request


@st.composite
def a_transaction(draw):
    """Draw up to three writes that stand or fall together."""
    actions = []
    kinds = {"put_item": "Put", "update_item": "Update", "delete_item": "Delete"}
    for _ in range(draw(st.integers(1, 3))):
        kind, request = draw(a_write(draw(st.sampled_from((*kinds, "check")))))
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        actions.append({kinds.get(kind, "ConditionCheck"): request})
    return "transact_write_items", {"TransactItems": actions}


@st.composite
def a_query(draw):
    """Draw a query of a partition of the table or of an index."""
    index = draw(st.sampled_from((None, "due")))
    partition, sort = ("pk", "sk") if index is None else ("duePk", "nextAt")
    partitions = PKS if index is None else ("~DUE#0", "~DUE#1")
    ends = SKS if index is None else ("2026-01", "2026-02", "2026-03")
    condition = draw(
        st.sampled_from(
            (
                "",
                "#s = :low",
                "#s <= :low",
                "#s < :low",
                "#s >= :low",
                "#s > :low",
                "begins_with(#s, :low)",
                "#s BETWEEN :low AND :high",
            )
        )
    )
    values = {":p": draw(a_text(partitions))}
    names = {"#p": partition}
    low, high = sorted(draw(st.tuples(*[st.sampled_from(ends)] * 2)))
    if condition:
        names["#s"] = sort
        values[":low"] = {"S": low[:2] if "begins" in condition else low}
        if "BETWEEN" in condition:
            values[":high"] = {"S": high}
    request: dict[str, Any] = {
        "TableName": TABLE,
        "KeyConditionExpression": " AND ".join(filter(None, ("#p = :p", condition))),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": draw(st.booleans()),
    }
    if index is not None:
        request["IndexName"] = index
    elif draw(st.booleans()):
        request["FilterExpression"] = "attribute_exists(#f)"
        names["#f"] = draw(st.sampled_from(("s", "n")))
    if draw(st.booleans()):
        request["Limit"] = draw(st.integers(1, 3))
    return "query", request


@st.composite
def a_read(draw):
    """Draw a read of one or several items by key."""
    if draw(st.booleans()):
        request = {"TableName": TABLE, "Key": draw(A_KEY), "ConsistentRead": True}
        if draw(st.booleans()):
            request["ProjectionExpression"] = "s, m.x, l[0]"
        return "get_item", request
    keys = draw(st.lists(A_KEY, min_size=1, max_size=3, unique_by=str))
    return "batch_get_item", {"RequestItems": {TABLE: {"Keys": keys}}}


A_REQUEST = st.one_of(
    a_told_write(), a_told_write(), a_transaction(), a_query(), a_read()
)
# A broken request comes last: emulators differ there most, and what they store then
# says nothing about the requests that follow.
SEQUENCES = st.builds(
    lambda requests, broken: [*requests, broken],
    st.lists(A_REQUEST, min_size=6, max_size=12),
    a_broken_write(),
)
