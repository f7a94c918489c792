from __future__ import annotations

import pytest

from headrace.requests.rejection import field_path, shown
from headrace.requests.secret_patterns import find_secret, names_a_secret, secret_kind

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
SECRETS = {
    "AKIAIOSFODNN7EXAMPLE": "AWS access key id",
    "key=ASIAIOSFODNN7EXAMPLE;": "AWS access key id",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE": "PEM block",
    "-----BEGIN CERTIFICATE-----": "PEM block",
    f"Bearer {JWT}": "JSON Web Token",
    f"token_{JWT}": "JSON Web Token",
    "xoxb-123456789012-abcdef": "Slack token",
    "xoxe.xoxp-1-Mi0yLTEyMzQ1": "Slack token",
}


@pytest.mark.parametrize(("text", "kind"), SECRETS.items())
def test_a_credential_is_recognised_by_its_shape(text: str, kind: str) -> None:
    assert secret_kind(text) == kind
    assert secret_kind(f'{{"nested": "{text}"}}') == kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AKIA",
        "AKIAIOSFODNN7EXAMPL",
        "XAKIAIOSFODNN7EXAMPLE",
        "AKIAIOSFODNN7EXAMPLES",
        "eyJhbGciOiJIUzI1NiJ9",
        "eyJhbGciOiJIUzI1NiJ9.short.x",
        "www.example.com",
        "-----BEGIN-----",
        "xoxb",
        "boxbox-",
    ],
)
def test_other_text_is_no_credential(text: str) -> None:
    assert secret_kind(text) is None


def test_a_credential_is_found_in_keys_values_and_depths() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE"
    assert find_secret({"a": [{"b": secret}]}) == (("a", 0, "b"), "AWS access key id")
    assert find_secret({"a": {secret: 1}}) == (("a", secret), "AWS access key id")
    assert find_secret({"a": [1, None, True, "text", {}]}) is None


def test_neither_path_nor_value_shows_a_credential() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE"
    assert field_path(("parameters", secret, 3)) == "parameters[<redacted>][3]"
    assert shown(secret) == "<redacted>"
    assert secret not in shown({"a": secret})
    assert secret not in shown([secret])


@pytest.mark.parametrize("name", ["password", "dbPasswd", "API_KEY", "apiKey", "token"])
def test_names_of_secrets_are_known(name: str) -> None:
    assert names_a_secret(name)
    assert not names_a_secret("date")


def test_shown_values_are_escaped_and_cut() -> None:
    assert shown("a\nb\x00é") == '"a\\nb\\u0000\\u00e9"'
    assert len(shown("x" * 1000)) == 128
    assert shown(10**5000) == "a int"
