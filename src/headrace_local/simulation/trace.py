"""What happened, line by line, and its hash: the same seed has the same trace."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace_local.simulation.loop import Loop

LINES_MAX = 25


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened.

    Attributes:
        at_seconds: Since the schedule began.
        actor: Who did it.
        text: What.
        is_telling: Whether a person who follows the story needs it.
    """

    at_seconds: float
    actor: str
    text: str
    is_telling: bool

    def __str__(self) -> str:
        minutes, seconds = divmod(self.at_seconds, 60)
        return f"{int(minutes):4d}:{seconds:06.3f}  {self.actor:<14} {self.text}"


class Trace:
    """Everything that happened in one schedule."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.lines: list[Line] = []

    def tell(self, actor: str, text: str) -> None:
        """Add what a person needs to follow the story."""
        self.lines.append(Line(self._loop.elapsed_seconds, actor, text, True))  # noqa: FBT003

    def note(self, actor: str, text: str) -> None:
        """Add what only the hash needs."""
        self.lines.append(Line(self._loop.elapsed_seconds, actor, text, False))  # noqa: FBT003

    def hash(self) -> str:
        """Return a hash of every line."""
        whole = sha256()
        for line in self.lines:
            whole.update(str(line).encode(errors="surrogatepass"))
        return whole.hexdigest()[:16]

    def shown(self, about: str = "") -> list[str]:
        """Return at most `LINES_MAX` lines: those about a job, the last ones kept."""
        told = [line for line in self.lines if line.is_telling]
        chosen = [line for line in told if not about or _concerns(line, about)]
        if len(chosen) > LINES_MAX:
            head, tail = chosen[:4], chosen[-(LINES_MAX - 5) :]
            left_out = len(chosen) - len(head) - len(tail)
            return [*map(str, head), f"      ... {left_out} more ...", *map(str, tail)]
        return [str(line) for line in chosen]


def _concerns(line: Line, about: str) -> bool:
    return about in line.text or line.text.startswith("fault")
