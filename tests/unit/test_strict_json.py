from __future__ import annotations

import json

import pytest

from headrace.requests.strict_json import JsonFault, StrictJsonError, parse_strict


def nested(depth: int) -> str:
    return '{"a":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


def test_an_object_is_read_as_it_stands() -> None:
    body = '{"a": [1, 2.5, -0.1, 1e2, true, null, "\\u00e9\\ud83d\\ude00"], "b": {}}'
    assert parse_strict(body) == {
        "a": [1, 2.5, -0.1, 100.0, True, None, "é😀"],
        "b": {},
    }


def test_bytes_are_read_as_utf_8() -> None:
    assert parse_strict('{"ключ": "é"}'.encode()) == {"ключ": "é"}


@pytest.mark.parametrize("body", ["[]", '"text"', "5", "null", "true"])
def test_json_that_is_no_object_is_named_as_such(body: str) -> None:
    with pytest.raises(StrictJsonError) as caught:
        parse_strict(body)
    assert caught.value.reason is JsonFault.NOT_AN_OBJECT


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("", "Expecting value"),
        ("{", "property name"),
        ('{"a": 1,}', "trailing comma"),
        ("{'a': 1}", "double quotes"),
        ('{"a": "line\nbreak"}', "control character"),
        ('{"a": 1} {"b": 2}', "Extra data"),
        ("\ufeff{}", "byte order mark"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a": "\xff"}', "UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "UTF-8"),
        ('{"a": 1, "a": 1}', 'the key "a" twice'),
        ('{"a": {"b": 1, "c": 2, "\\u0062": 3}}', 'the key "b" twice'),
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "-Infinity"),
        ('{"a": "\\ud800"}', "lone surrogate"),
        ('{"\\udfff": 1}', "lone surrogate"),
        ('{"a": "\ud800"}', "lone surrogate"),
        ('{"a": 9007199254740992}', "9007199254740992"),
        ('{"a": -9007199254740992}', "-9007199254740992"),
        ('{"a": 1e400}', "1e400"),
        ('{"a": 1e-400}', "1e-400"),
        ('{"a": 1e9999999999999999999999999}', "unchanged"),
        ('{"a": 0.1000000000000000055}', "0.1000000000000000055"),
        ('{"a": ' + "1" * 5000 + "}", "1111…"),
        ('{"a": 0.' + "1" * 5000 + "}", "1111…"),
        ("[" * 100_000, "deeper than 32"),
        ('{"a":' * 100_000, "deeper than 32"),
        (nested(33), "deeper than 32"),
    ],
)
def test_what_parsers_read_differently_is_refused(
    body: str | bytes, detail: str
) -> None:
    with pytest.raises(StrictJsonError) as caught:
        parse_strict(body)
    assert caught.value.reason is JsonFault.MALFORMED_JSON
    assert detail in caught.value.detail


def test_the_deepest_nesting_and_the_largest_integers_are_kept() -> None:
    parse_strict(nested(32))
    largest = 2**53 - 1
    assert parse_strict(f'{{"a": [{largest}, -{largest}]}}') == {
        "a": [largest, -largest]
    }


def test_neighbours_do_not_nest() -> None:
    assert parse_strict('{"a": [' + "[]," * 40 + "{}]}") == {"a": [[]] * 40 + [{}]}


def test_brackets_in_strings_do_not_nest() -> None:
    text = "[{" * 500 + '"\\'
    assert parse_strict(json.dumps({"a": text})) == {"a": text}


def test_a_duplicate_key_that_is_a_credential_is_not_shown() -> None:
    with pytest.raises(StrictJsonError) as caught:
        parse_strict('{"AKIAIOSFODNN7EXAMPLE": 1, "AKIAIOSFODNN7EXAMPLE": 2}')
    assert "AKIA" not in str(caught.value)
