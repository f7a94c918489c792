"""What `headrace local up` shows."""

from __future__ import annotations

import contextlib
import threading
import time
from datetime import datetime
from typing import TYPE_CHECKING

from rich.markup import escape

from headrace_local.emulator import emulator_version
from headrace_local.happenings import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from headrace_local.happenings import Happening
    from headrace_local.pipeline import Pipeline
    from headrace_local.problems import LaptopRunError

ID_CHARACTERS = 26  # a job id's; a message id is longer, and shown whole
NAME_CHARACTERS = 18
REPEATED_SECONDS = 30.0  # the same trouble is shown once in this time
STYLES = {
    "SUCCEEDED": "green",
    "FAILED": "red",
    "TIMED_OUT": "red",
    "LOST": "red",
    "REJECTED": "red",
    "EXPIRED": "yellow",
    "CANCELLED": "yellow",
    "RUNNING": "cyan",
}


class Screen:
    """Prints lines; may be called from any thread."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._shown_at: dict[tuple[str, str], float] = {}
        self.is_starting = False

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """Show that something is going on until the pipeline is ready."""
        self.is_starting = True
        try:
            with self._console.status("Starting the pipeline ..."):
                yield
        finally:
            self.is_starting = False

    def show(self, happening: Happening) -> None:
        """Show one happening."""
        with self._lock:
            if happening.kind is Kind.TROUBLE and self._was_just_shown(happening):
                return
            self._console.print(_line(happening))

    def ready(self, pipeline: Pipeline, exports: str) -> None:
        """Show where the pipeline is and how to use it."""
        self.say(
            "\n[bold]The pipeline is up.[/]\n\n"
            f"  AWS  {pipeline.servers.access.emulator_endpoint}"
            f"  (ministack {emulator_version()})\n"
            f"  ECS  {pipeline.servers.access.ecs_endpoint}  (the local ECS)\n\n"
            "To use it from another shell:\n\n"
            f"{escape(exports)}\n"
            "[dim]Edits to layers/, functions/, template.yaml and jobs/ are live when"
            " saved.\nCtrl-C stops it.[/]\n"
        )

    def say(self, text: str) -> None:
        """Print a line of our own."""
        with self._lock:
            self._console.print(text)

    def fail(self, error: LaptopRunError) -> None:
        """Show what failed, why, and something to try."""
        self.say(
            f"[red]Error:[/] {escape(error.what)}\n"
            f"[bold]Why:[/] {escape(error.why)}\n"
            f"[bold]Try:[/] {escape(error.advice)}"
        )

    def _was_just_shown(self, happening: Happening) -> bool:
        key = happening.subject, happening.text
        now = time.monotonic()
        shown_at = self._shown_at.get(key)
        if shown_at is not None and now - shown_at < REPEATED_SECONDS:
            return True
        self._shown_at[key] = now
        return False


def _line(happening: Happening) -> str:
    at = datetime.now().astimezone().strftime("%H:%M:%S")
    subject, text = escape(happening.subject), escape(happening.text)
    match happening.kind:
        case Kind.STEP:
            return f"[dim]{at}[/] {subject:<10} {text}"
        case Kind.JOB:
            style = STYLES.get(happening.text.partition(" ")[0], "default")
            name = escape(happening.name)[:NAME_CHARACTERS]
            return (
                f"[dim]{at}[/] {name:<{NAME_CHARACTERS}}"
                f" {subject:<{ID_CHARACTERS}} [{style}]{text}[/]"
            )
        case Kind.TROUBLE:
            return f"[dim]{at}[/] [yellow]{subject}[/] {text}"
        case Kind.RELOAD:
            return f"[dim]{at}[/] [green]reloaded[/] {subject}: {text}"
        case Kind.REFUSED:
            return (
                f"[dim]{at}[/] [red]not reloaded[/] {subject}: {text}"
                " What was live before stays so."
            )
