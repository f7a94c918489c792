"""The lines of a job's audit trail as text in its item, and back. Pure.

A line is `<time> <status>[/<why>] <by>`. It has no number: a report is written without
reading how many there are. They are counted from the last, which is `sequence`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.instants import from_text, to_text
from headrace.jobs.codes import JobStatus
from headrace.jobs.transitions import Transition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_LEFT_OUT = "... "
"""How a line begins that stands for so many others."""


def lines_of(transitions: Sequence[Transition]) -> Iterator[str]:
    """Return the lines, with one for each gap."""
    previous: int | None = None
    for each in transitions:
        if previous is not None and each.sequence > previous + 1:
            yield f"{_LEFT_OUT}{each.sequence - previous - 1} left out"
        yield line(each)
        previous = each.sequence


def line(transition: Transition) -> str:
    """Return one line."""
    why = f"/{transition.why}" if transition.why else ""
    return f"{to_text(transition.at)} {transition.status}{why} {transition.by}"


def read_lines(lines: Iterable[str], *, sequence: int) -> tuple[Transition, ...]:
    """Return the transitions of a job that has made so many.

    Raises:
        ValueError: A line is none that this version of the code understands.
    """
    transitions: list[Transition] = []
    for each in reversed(list(lines)):
        if each.startswith(_LEFT_OUT):
            sequence -= int(each.removeprefix(_LEFT_OUT).split()[0])
            continue
        at, what, by = each.split(" ", 2)
        status, _, why = what.partition("/")
        transitions.append(
            Transition(sequence, JobStatus(status), from_text(at), by, why or None)
        )
        sequence -= 1
    return tuple(reversed(transitions))
