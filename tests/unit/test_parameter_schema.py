from __future__ import annotations

import time
from typing import Any

import pytest

from headrace.parameters.formats import CHECKS
from headrace.parameters.schema import parameter_fault
from headrace.parameters.schema_checks import schema_problems


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def holds(schema: dict[str, Any], value: Any) -> bool:
    whole = an_object(x=schema)
    assert schema_problems(whole) == []
    return parameter_fault(whole, {"x": value}) is None


FORMATS = {
    "date-time": (
        ["2026-11-22T06:00:00Z", "2026-11-22t06:00:00.123456789+02:00"],
        ["2026-11-22", "2026-11-22T06:00:00", "2026-13-01T00:00:00Z", "now"],
    ),
    "date": (["2026-11-22", "2024-02-29"], ["2026-02-29", "20261122", "2026-11-2"]),
    "time": (["06:00:00Z", "06:00:00.5+02:00"], ["06:00:00", "25:00:00Z", "6:00:00Z"]),
    "email": (
        ["ada@example.com", "a+b@sub.example.org"],
        ["ada", "@example.com", "a b@example.com", "a@b@c", "a@-x.com", "a@x\n"],
    ),
    "uuid": (
        ["5b1c0fd0-3c5e-11ef-9a5b-0e1d2c3b4a5f"],
        ["5b1c0fd03c5e11ef9a5b0e1d2c3b4a5f", "x", "{5b1c0fd0-3c5e-11ef-9a5b-0e1d2c3b}"],
    ),
    "uri": (
        ["https://example.com/a?b#c", "urn:isbn:1", "s3://bucket/key%20x"],
        ["/relative", "a b:c", "http:", "http://exa mple", "http://x/%zz", "http://é"],
    ),
    "ipv4": (["10.0.0.1"], ["10.0.0", "10.0.0.256", "010.0.0.1", "::1"]),
    "ipv6": (["::1", "2001:db8::1"], ["10.0.0.1", "fe80::1%eth0", ":::"]),
    "hostname": (
        ["example.com", "localhost", "a-b.c"],
        ["-a.com", "a..b", "a_b.com", "x" * 64, "example.com\n", ""],
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_asserted(name: str) -> None:
    good, bad = FORMATS[name]
    schema = {"format": name}
    assert [text for text in good if not holds(schema, text)] == []
    assert [text for text in bad if holds(schema, text)] == []
    assert holds(schema, 5)  # a format says nothing about what is no text


def test_every_format_has_a_test_here_or_below() -> None:
    assert {*FORMATS, "public-https-url"} == set(CHECKS)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com/",
        "HTTPS://Example.COM:8443/a/b?c=d&e=%2F#f",
        "https://example.com./x",
        "https://a.b.c.example.co.uk",
        "https://xn--bcher-kva.example.org/",
        "https://notlocalhost.com",
        "https://example.com/@user",
    ],
)
def test_a_url_of_a_public_host_is_allowed(url: str) -> None:
    assert holds({"format": "public-https-url"}, url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "http://example.com",
        "ftp://example.com",
        "https:/example.com",
        "https:///example.com",
        "https://",
        "https://user@example.com",
        "https://user:pw@example.com",
        "https://example.com@169.254.169.254/",
        "https://@example.com",
        # addresses, in every spelling that some resolver reads
        "https://169.254.169.254/latest/meta-data",
        "https://169.254.170.2/v2/credentials",
        "https://8.8.8.8/",
        "https://2852039166/",
        "https://0xa9fea9fe/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://0251.0376.0251.0376/",
        "https://1.2.3.0x4/",
        "https://127.0.0.1./",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[fe80::1%25eth0]/",
        "https://%31%36%39.254.169.254/",
        "https://\uff11\uff16\uff19.254.169.254/",
        "https://①②⑦.0.0.1/",
        # names that are private
        "https://localhost/",
        "https://LOCALHOST./",
        "https://x.localhost/",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://metadata.google.internal./",
        "https://ip-10-0-0-1.eu-west-1.compute.internal/",
        "https://metadata/",
        "https://metadata.goog/",
        "https://instance-data/",
        "https://router.home.arpa/",
        "https://x.lan/",
        "https://10.0.0.1.nip.io/",
        "https://localtest.me/",
        # what parsers read differently
        "https://example.com\\@169.254.169.254/",
        "https://example.com/a\\b",
        "https://exam\tple.com/",
        "https://example.com/\n",
        " https://example.com",
        "https://example.com/é",
        "https://exa_mple.com/",
        "https://example.com:99999/",
        "https://example.com:0/",
        "https://example.com:x/",
        "https://[example.com/",
        "https://example..com/",
        "https://" + "a." * 130 + "com/",
        "https://example.com/" + "x" * 2048,
    ],
)
def test_any_other_url_is_not_public(url: str) -> None:
    schema = an_object(x={"format": "public-https-url"})
    fault = parameter_fault(schema, {"x": url})
    assert fault is not None
    assert fault.is_url
    assert fault.path == ("parameters", "x")


def test_the_first_fault_has_its_path_keyword_and_value() -> None:
    schema = an_object(
        items={"type": "array", "items": an_object(n={"maximum": 10})},
    )
    fault = parameter_fault(schema, {"items": [{"n": 1}, {"n": 11}, {"n": 12}]})
    assert fault is not None
    assert fault.path == ("parameters", "items", 1, "n")
    assert (fault.limit, fault.value, fault.is_url) == ("maximum 10", "11", False)


def test_a_missing_and_an_unknown_parameter_are_named() -> None:
    schema = an_object(a={}) | {"required": ["a"], "additionalProperties": False}
    missing = parameter_fault(schema, {})
    assert missing is not None
    assert (missing.path, missing.value) == (("parameters", "a"), None)
    unknown = parameter_fault(schema, {"a": 1, "b": 2})
    assert unknown is not None
    assert (unknown.path, unknown.value) == (("parameters", "b"), "2")


def test_a_long_limit_is_cut() -> None:
    fault = parameter_fault(an_object(x={"enum": ["y" * 1000]}), {"x": "z"})
    assert fault is not None
    assert len(fault.limit) == 256


def test_numbers_are_json_schemas() -> None:
    assert holds({"type": "integer"}, 3.0)
    assert not holds({"type": "integer"}, 3.5)
    assert not holds({"type": "integer"}, value=True)
    assert holds({"multipleOf": 0.01}, 0.07)
    assert not holds({"multipleOf": 0.01}, 0.075)
    assert holds({"multipleOf": 2}, 1e300)
    assert holds({"multipleOf": 2}, value=True)


def test_equal_items_are_found_in_linear_time() -> None:
    schema = {"type": "array", "uniqueItems": True}
    assert not holds(schema, [1, 1.0])
    assert not holds(schema, [{"a": 1, "b": [2.0]}, {"b": [2], "a": 1.0}])
    assert holds(schema, [1, True, "1", None, [1], {"a": 1}])
    assert holds({"uniqueItems": False}, [1, 1])
    started = time.monotonic()
    assert holds(schema, [{"n": n} for n in range(50_000)])
    assert time.monotonic() - started < 5  # pairwise it takes an hour


def test_a_pattern_is_searched_and_cannot_explode() -> None:
    assert holds({"pattern": "b"}, "abc")
    assert not holds({"pattern": "^b$"}, "b\n")
    started = time.monotonic()
    assert not holds({"pattern": "^(a+)+$"}, "a" * 5000 + "!")
    assert time.monotonic() - started < 5  # Python's engine would never end


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({}, 'parameters.type: must be "object", but is null'),
        ({"type": "array"}, 'parameters.type: must be "object", but is "array"'),
        ({"type": "objekt"}, "parameters.type: must be JSON Schema draft 2020-12"),
        (an_object(x={"minimum": "1"}), "parameters.properties.x.minimum"),
        (an_object(x={"maxLenght": 5}), "parameters.properties.x.maxLenght: must be a"),
        (an_object(x={"format": "ip"}), "format: must be one of date-time"),
        (an_object(x={"pattern": "("}), "x.pattern: must be a regular expression"),
        (an_object(x={"pattern": r"(a)\1"}), "without look-around and back-references"),
        (an_object(x={"pattern": "(?=a)"}), "without look-around and back-references"),
        (an_object(x={"pattern": "a" * 257}), "at most 256 characters long"),
        (an_object() | {"patternProperties": {}}, "use propertyNames"),
        (an_object() | {"$id": "https://example.com/s"}, "the schema stands alone"),
        (an_object(x={"$anchor": "a"}), "use $defs and $ref"),
        (an_object() | {"$schema": "http://json-schema.org/draft-07/schema#"}, "2020"),
        (an_object(x={"$ref": "https://example.com/s"}), "pointer to a schema in this"),
        (an_object(x={"$ref": "#/$defs/none"}), "pointer to a schema in this schema"),
        (an_object(x={"$ref": "#"}), "free of schemas that refer to themselves"),
        (
            an_object(x={"$ref": "#/$defs/a"})
            | {"$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}},
            "free of schemas that refer to themselves",
        ),
        (an_object(x={"description": "y" * 40_000}), "at most 32768 bytes"),
    ],
)
def test_a_schema_that_cannot_be_asserted_is_refused(
    schema: dict[str, Any], problem: str
) -> None:
    problems = schema_problems(schema)
    assert len(problems) == 1
    assert problem in problems[0]


def test_references_that_multiply_are_refused() -> None:
    definitions: dict[str, Any] = {"d0": {"type": "string"}}
    for n in range(1, 20):
        ref = {"$ref": f"#/$defs/d{n - 1}"}
        definitions[f"d{n}"] = {"allOf": [ref, ref]}
    schema = an_object(x={"$ref": "#/$defs/d19"}) | {"$defs": definitions}
    assert len(schema_problems(schema)) == 1
    assert "at most 10000 schemas" in schema_problems(schema)[0]


def test_local_references_annotations_and_extensions_are_allowed() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "title": "A report",
        "$comment": "x",
        "x-owner": "team",
        "properties": {
            "a/b": {"$ref": "#/$defs/da~1te"},
            "c": {"$ref": "#/properties/a~1b", "default": None, "examples": [1]},
            "d": True,
        },
        "propertyNames": {"pattern": r"^\p{L}"},
        "additionalProperties": {"type": "integer"},
        "$defs": {"da/te": {"type": "string", "format": "date"}},
    }
    assert schema_problems(schema) == []
    assert parameter_fault(schema, {"c": "2026-11-22", "zusätzlich": 1}) is None
    fault = parameter_fault(schema, {"c": "yesterday"})
    assert fault is not None
    assert fault.limit == 'format "date"'
    assert parameter_fault(schema, {"1": 1}) is not None
