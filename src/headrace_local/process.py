"""A child process that is stopped with everything it started, come what may."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SUPERVISOR = Path(__file__).with_name("supervisor.py")
STOP_MARGIN_SECONDS = 8.0  # the supervisor's own killing, after the grace
TAIL_CHARACTERS = 1_500


@dataclass(slots=True, kw_only=True)
class SupervisedProcess:
    """One running program behind its supervisor (see supervisor.py).

    It ends when `stop` is called and when this process ends, however that happens;
    so do its descendants.
    """

    name: str
    log: Path
    grace_seconds: float
    _supervisor: subprocess.Popen[bytes] = field(repr=False)

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        grace_seconds: float = 5.0,
    ) -> Self:
        """Start `command` with exactly `environment`, its output going to `log`.

        Args:
            name: what people call the program.
            command: program and arguments.
            environment: all it will see; nothing is inherited.
            folder: its working directory.
            log: file that receives standard output and error.
            grace_seconds: time between SIGTERM and SIGKILL, and as much again for
                what the program leaves behind to end by itself.
        """
        with log.open("ab") as output:
            # A session of its own, so that Ctrl-C in a terminal reaches this process
            # alone; -I and -S, because the supervisor must not depend on anything.
            supervisor = subprocess.Popen(  # noqa: S603 - our own script and command
                [
                    sys.executable,
                    "-I",
                    "-S",
                    str(SUPERVISOR),
                    str(grace_seconds),
                    *list(command),
                ],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=folder,
                env=dict(environment),
                start_new_session=True,
            )
        return cls(
            name=name, log=log, grace_seconds=grace_seconds, _supervisor=supervisor
        )

    @property
    def pid(self) -> int:
        """Process id of the supervisor, the root of everything started."""
        return self._supervisor.pid

    @property
    def title(self) -> str:
        """The name, as a sentence begins."""
        return self.name[0].upper() + self.name[1:]

    def exit_code(self) -> int | None:
        """Return how the program ended, or None while it runs."""
        return self._supervisor.poll()

    def ask_to_stop(self) -> None:
        """Begin a clean stop without waiting for it."""
        if self._supervisor.stdin is not None:
            self._supervisor.stdin.close()

    def stop(self) -> None:
        """Stop cleanly, by force after the grace, and wait until all are gone."""
        self.ask_to_stop()
        try:
            self._supervisor.wait(2 * self.grace_seconds + STOP_MARGIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()
            self._supervisor.wait()

    def last_words(self) -> str:
        """Return the end of the program's log; of a traceback only what it says."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        text = text[-TAIL_CHARACTERS:].strip() or "It wrote nothing."
        is_traceback = "Traceback (most recent call last)" in text
        return text.splitlines()[-1] if is_traceback else text
