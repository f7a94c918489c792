"""Bodies that are no JSON object that every reader understands alike."""

from __future__ import annotations

import base64
import json
import pickle
from random import Random

from headrace.requests.rejection import Reason
from malformed.message import Bad, good, with_member, word

MIB = 1024 * 1024
_EVERY_KIND_OF_TEXT = "aZ09 \t\n\r\x00\x1b\x7f\\'\"{}[]:,.-+é\u202e\u2028\U0001f4a5"


def _malformed(body: str) -> Bad:
    return Bad(body, Reason.MALFORMED_JSON)


def prose(random: Random) -> Bad:
    """Text of any characters that begins as no JSON value does."""
    characters = random.choices(_EVERY_KIND_OF_TEXT, k=random.randrange(1, 200))
    return _malformed("?" + "".join(characters))


def blank(random: Random) -> Bad:
    """No text, or nothing but blanks."""
    return _malformed("".join(random.choices(" \t\r\n", k=random.randrange(20))))


def other_notation(random: Random) -> Bad:
    """The same request in YAML, XML, a query string, a Python dict or base64."""
    request = good(random)
    members = {name: str(value) for name, value in request.items()}
    return _malformed(
        random.choice(
            [
                "\n".join(f"{name}: {value}" for name, value in members.items()),
                "!!python/object/apply:os.system ['true']",
                "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY x SYSTEM 'file:///'>]>",
                f"<request><jobName>{word(random)}</jobName></request>",
                "&".join(f"{name}={value}" for name, value in members.items()),
                str(request),
                base64.b64encode(json.dumps(request).encode()).decode(),
            ]
        )
    )


def binary(random: Random) -> Bad:
    """Pickled, compressed or random bytes, as whoever sent them decoded them."""
    data = random.choice(
        [
            pickle.dumps(good(random), protocol=random.randrange(2, 6)),
            b"\x1f\x8b\x08" + random.randbytes(40),
            b"\xac\xed\x00\x05sr" + random.randbytes(40),
            json.dumps(good(random)).encode("utf-16-le"),
            json.dumps(good(random)).encode("utf-32"),
        ]
    )
    return _malformed(data.decode("latin-1"))


def truncated(random: Random) -> Bad:
    """A good request that was cut off."""
    text = json.dumps(good(random))
    return _malformed(text[: random.randrange(1, len(text))])


def trailing_text(random: Random) -> Bad:
    """A good request, and something behind it."""
    text = json.dumps(good(random))
    return _malformed(text + random.choice([text, ",", "}", "\x00", ";", "null", "x"]))


def nearly_json(random: Random) -> Bad:
    """What lenient readers of JSON accept."""
    text = json.dumps(good(random))
    return _malformed(
        random.choice(
            [
                text.replace('"', "'"),
                text[:-1] + ",}",
                text.replace('"jobName"', "jobName"),
                f"/* {word(random)} */ {text}",
                f"{text} // {word(random)}",
                with_member(good(random), "timeoutSeconds", "0x10"),
                with_member(good(random), "timeoutSeconds", "+60"),
                with_member(good(random), "timeoutSeconds", "060"),
                with_member(good(random), "tenant", "undefined"),
                with_member(good(random), "tenant", "True"),
                with_member(good(random), "tenant", r'"\x41"'),
                with_member(good(random), "tenant", r'"\u12"'),
            ]
        )
    )


def not_an_object(random: Random) -> Bad:
    """JSON, and no object; among it a good request in quotes or in a list."""
    value = random.choice(
        [
            [good(random)],
            json.dumps(good(random)),
            [],
            word(random),
            "",
            random.randrange(-1000, 1000),
            random.random(),
            True,
            False,
            None,
        ]
    )
    return Bad(json.dumps(value), Reason.NOT_AN_OBJECT)


def byte_order_mark(random: Random) -> Bad:
    """A good request behind a byte order mark, also one read as Latin-1."""
    mark = random.choice(
        ["\ufeff", "\ufeff\ufeff", "\xef\xbb\xbf", "\xff\xfe", "\ufffe"]
    )
    return _malformed(mark + json.dumps(good(random)))


def deep_nesting(random: Random) -> Bad:
    """More than 32 levels, up to 100,000; sometimes never closed."""
    levels = random.choice([33, 34, 100, 1_000, 10_000, 100_000])
    opening, closing = random.choice([("[", "]"), ('{"a":', "}")])
    inner = levels - random.choice([1, 2])  # in the body, or in its parameters
    nested = opening * inner + "0" + closing * inner * random.randrange(2)
    if inner == levels - 1:
        return _malformed(with_member(good(random), word(random), nested))
    request = good(random, parameters=None)
    return _malformed(with_member(request, "parameters", f'{{"date": {nested}}}'))


def huge_integer(random: Random) -> Bad:
    """Integers beyond 2**53 - 1, of up to 5,000 digits."""
    digits = random.choice([17, 20, 40, 41, 309, 4_300, 4_301, 5_000])
    number = random.choice([str(2**53), "1" + "".join(random.choices("07", k=digits))])
    sign = random.choice(["", "-"])
    name = random.choice(["timeoutSeconds", "jobVersion", "x"])
    return _malformed(with_member(good(random), name, sign + number))


def not_finite_number(random: Random) -> Bad:
    """NaN, the infinities, and numbers that are read as infinite."""
    numbers = ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e99999999999"]
    name = random.choice(["timeoutSeconds", "startDeadlineSeconds", "x"])
    return _malformed(with_member(good(random), name, random.choice(numbers)))


def number_that_loses_digits(random: Random) -> Bad:
    """Decimals that a double does not keep."""
    digits = "".join(random.choices("123456789", k=random.choice([20, 30, 5_000])))
    number = random.choice(
        [f"0.{digits}", f"1e-4{digits[:2]}", f"{digits[:3]}.{digits}"]
    )
    request = good(random, parameters=None)
    return _malformed(with_member(request, "parameters", f'{{"n": {number}}}'))


def duplicate_key(random: Random) -> Bad:
    """A field twice, once perhaps written with an escape, with any two values."""
    request = good(random)
    name = random.choice(list(request))
    twin = "".join(
        f"\\u{ord(each):04x}" if random.random() < 0.3 else each for each in name
    )
    value = json.dumps(random.choice([request[name], word(random)]))
    return _malformed(f'{json.dumps(request)[:-1]}, "{twin}": {value}}}')


def duplicate_nested_key(random: Random) -> Bad:
    """A key twice in an object anywhere inside."""
    twins = random.choice(
        ['{"a": 1, "a": 1}', '{"a": 1, "\\u0061": 2}', '{"": 0, "": 0}']
    )
    for _ in range(random.randrange(10)):
        twins = random.choice([f"[{twins}]", f'{{"b": {twins}}}'])
    name = random.choice(["parameters", "labels", "overrides", word(random)])
    return _malformed(with_member(good(random, parameters=None), name, twins))


def lone_surrogate(random: Random) -> Bad:
    """Half a character, in a key or in a value, escaped or as it is."""
    code = random.randrange(0xD800, 0xE000)
    half = random.choice([f"\\u{code:04x}", chr(code)])
    name = random.choice(["tenant", "correlationId", "x"])
    text = random.choice(
        [f'"{name}": "{half}"', f'"{half}": 1', f'"{name}{half}": "a"']
    )
    return _malformed(f"{json.dumps(good(random))[:-1]}, {text}}}")


def raw_control_character(random: Random) -> Bad:
    """A control character in a text, where JSON wants an escape."""
    character = chr(random.randrange(0x20))
    text = f'"{word(random)}{character}{word(random)}"'
    name = random.choice(["correlationId", "tenant", "x"])
    return _malformed(with_member(good(random), name, text))


def too_large(random: Random) -> Bad:
    """More than 1 MiB, if only by one byte, or counted in bytes only."""
    filler = random.choice(["x", "é", "\U0001f4a5", " "])
    room = MIB + random.choice([1, 2, 1_000]) - len(json.dumps(good(random))) - 9
    count = -(-room // len(filler.encode()))
    request = good(random)
    body = f'{json.dumps(request)[:-1]}, "x": "{filler * count}"}}'
    return Bad(body + " " * max(0, MIB + 1 - len(body.encode())), Reason.TOO_LARGE)


CLASSES = (
    prose,
    blank,
    other_notation,
    binary,
    truncated,
    trailing_text,
    nearly_json,
    not_an_object,
    byte_order_mark,
    deep_nesting,
    huge_integer,
    not_finite_number,
    number_that_loses_digits,
    duplicate_key,
    duplicate_nested_key,
    lone_surrogate,
    raw_control_character,
    too_large,
)
