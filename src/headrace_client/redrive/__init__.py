"""Dead letters: what lies in a deployment's dead-letter queues, and what to do with it.

from headrace_client import connect
from headrace_client.redrive import redrive_of

redrive = redrive_of(connect(stack="headrace"))
with redrive.hold("requests") as hold:
    for letter in hold:
        redrive.send_back(hold, letter)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace_client.redrive.checking import Verdict
    from headrace_client.redrive.dropping import Dropped
    from headrace_client.redrive.examining import Examined, Look
    from headrace_client.redrive.hold import Hold
    from headrace_client.redrive.letters import About, DeadLetter
    from headrace_client.redrive.opening import redrive_of
    from headrace_client.redrive.ports import Depth, LastError
    from headrace_client.redrive.queues import QUEUES, Contents, DeadLetterQueue
    from headrace_client.redrive.redrive import Redrive

__all__ = [
    "QUEUES",
    "About",
    "Contents",
    "DeadLetter",
    "DeadLetterQueue",
    "Depth",
    "Dropped",
    "Examined",
    "Hold",
    "LastError",
    "Look",
    "Redrive",
    "Verdict",
    "redrive_of",
]

_HOMES = {
    "About": "letters",
    "DeadLetter": "letters",
    "Depth": "ports",
    "Dropped": "dropping",
    "Examined": "examining",
    "Hold": "hold",
    "LastError": "ports",
    "Look": "examining",
    "Redrive": "redrive",
    "Verdict": "checking",
    "redrive_of": "opening",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: the names of queues need no AWS."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = importlib.import_module(f"{__name__}.{_HOMES.get(name, 'queues')}")
    return getattr(home, name)
