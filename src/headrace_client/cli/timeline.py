"""What happens, as it happens: redrawn on a terminal, a line per change elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Self

import click
from rich.live import Live

from headrace.jobs.job import Job
from headrace_client.cli import screens
from headrace_client.documents import document_of, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from rich.console import Console, RenderableType

    from headrace.ports import StoredRejection


class Timeline:
    """Shows records again and again, and what changed since the last time.

    Args:
        as_json: Print each change as a JSON object on a line of its own.
        console: Where to draw; a terminal is redrawn in place.
    """

    def __init__(
        self, *, as_json: bool = False, console: Console | None = None
    ) -> None:
        self._as_json = as_json
        self._seen: dict[str, tuple[object, ...]] = {}
        self._live: Live | None = None
        console = console or screens.console()
        self.columns = console.width
        if console.is_terminal and not as_json:
            self._live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> Self:
        """Take the screen."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the screen back; what was shown last stays on it."""
        if self._live is not None:
            self._live.stop()

    def show(
        self, entries: Sequence[Job | StoredRejection], drawn: RenderableType
    ) -> None:
        """Show `drawn` on a terminal, and elsewhere which of `entries` changed."""
        if self._live is not None:
            self._live.update(drawn, refresh=True)
            return
        for entry in reversed(entries):
            key, state = _identity_and_state(entry)
            if self._seen.get(key) != state:
                self._seen[key] = state
                text = (
                    json.dumps(document_of(entry)) if self._as_json else line_of(entry)
                )
                click.echo(text)


def _identity_and_state(entry: Job | StoredRejection) -> tuple[str, tuple[object, ...]]:
    if isinstance(entry, Job):
        return entry.job_id, (
            entry.status,
            entry.attempt,
            entry.launch_number,
            entry.wait_reason,
            entry.desired_status,
        )
    return entry.message_id, ()


def line_of(entry: Job | StoredRejection) -> str:
    """Return a change in one line: time, id, name, status, attempt, reason."""
    if isinstance(entry, Job):
        attempt = f"attempt {entry.attempt}" if entry.attempt else ""
        reason = screens.short_reason(entry)
        words = (entry.job_id, entry.job_name, entry.status.value, attempt, reason)
        return f"{entry.status_at:%H:%M:%S} " + " ".join(word for word in words if word)
    rejection = entry.rejection
    return (
        f"{entry.rejected_at:%H:%M:%S} {entry.message_id} {status_of(entry)}"
        f" {rejection.reason} {rejection.message}"
    )
