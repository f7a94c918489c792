"""URLs that a job may be sent to: on the public Internet, by their looks.

Looks only: a public name may resolve to a private address, and only the one who
connects can check that.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

URL_CHARACTERS_MAX = 2048

# A name of two labels or more, in ASCII, whose last label starts with a letter. The
# URL standard (WHATWG, section 3.5) reads a last label of digits, also hexadecimal,
# as an IPv4 address, so no spelling of an address gets through here.
_PUBLIC_NAME = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+"
    r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
)
_PRINTABLE_ASCII = re.compile(r"[!-~]+")

# Special-use names (IANA registry), names in private use (ICANN and RFC 6762 appendix
# G), metadata services, and public names that always resolve to what they spell.
_PRIVATE_SUFFIXES = (
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
    "test",
    "invalid",
    "onion",
    "metadata.goog",
    "metadata.tencentyun.com",
    "nip.io",
    "sslip.io",
    "xip.io",
    "localtest.me",
    "lvh.me",
)


def is_public_https_url(text: str) -> bool:
    """Tell whether a text is an https URL that names a public host.

    No user, no address in any spelling, no name that is private by convention, no
    character that URL parsers read differently (blank, backslash, non-ASCII).
    """
    if len(text) > URL_CHARACTERS_MAX or not _PRINTABLE_ASCII.fullmatch(text):
        return False
    if "\\" in text:
        return False
    try:
        url = urlsplit(text)
        host, port = url.hostname or "", url.port
    except ValueError:  # brackets or a port that are none
        return False
    if url.scheme != "https" or "@" in url.netloc or port == 0:
        return False
    return _is_public_name(host.removesuffix("."))


def _is_public_name(host: str) -> bool:
    if not _PUBLIC_NAME.fullmatch(host):
        return False
    return not any(
        host == suffix or host.endswith(f".{suffix}") for suffix in _PRIVATE_SUFFIXES
    )
