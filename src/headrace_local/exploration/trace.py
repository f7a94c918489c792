"""A way to a broken promise, for people."""

from __future__ import annotations

from dataclasses import dataclass

from headrace_local.exploration.space import Space
from headrace_local.exploration.states import State


@dataclass(frozen=True, slots=True)
class Line:
    """Who does what, and how the record and ECS stand after it."""

    who: str
    what: str
    standing: str


@dataclass(frozen=True, slots=True)
class Trace:
    """The steps to a broken promise, from the first."""

    promise: str
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        """Return one line a step; ticks that pass in a row are one step."""
        shown: list[str] = []
        tick = 0
        for line in self.lines:
            if line.who == "time":
                tick += 1
                continue
            standing = f"   [{line.standing}]" if line.standing else ""
            shown.append(f"t={tick:<3}{line.who:<10} {line.what}{standing}")
        return "\n".join([*shown, f"BROKEN: {self.promise}"])


def line_of(space: Space, who: str, what: str, after: State) -> Line:
    """Return a step with what stands after it."""
    job = space.record(after.record)
    parts = ["no record" if job is None else f"{job.status}"]
    if job is not None and job.launch_number:
        parts[0] += f" launch {job.launch_number}"
    if job is not None and job.launch is not None and job.launch.sends > 1:
        parts.append(f"{job.launch.sends} sends")
    for number, token in enumerate(space.ecs[after.ecs], start=1):
        if token.phase:
            parts.append(f"task {number} {token.phase}")
        if token.refused_age is not None:
            parts.append(f"launch {number} refused")
        if token.on_the_way:
            parts.append(f"launch {number} on the way")
    return Line(who, what, "; ".join(parts))
