"""Hot reload: an edit to the code, the template or a job is live when it is saved.

An edit that does not compile, import, deploy or register is refused, and what was live
before stays so.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import watchfiles
from botocore.exceptions import BotoCoreError, ClientError

from headrace_local.build import check_syntax
from headrace_local.happenings import Happening, Kind
from headrace_local.imports import check_imports
from headrace_local.problems import LaptopRunError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headrace_local.happenings import Listener

QUIET_MILLISECONDS = 200  # editors save in several steps
STOP_CHECK_MILLISECONDS = 500


class Reloader:
    """Watches a project while its pipeline runs.

    Args:
        project: its folder.
        deploy: builds and deploys; tells whether anything changed.
        register: registers the job definitions; returns the new ones.
        listener: gets a line for every edit.
    """

    def __init__(
        self,
        project: Path,
        *,
        deploy: Callable[[], bool],
        register: Callable[[], list[str]],
        listener: Listener,
    ) -> None:
        self._project = project
        self._deploy = deploy
        self._register = register
        self._listener = listener
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reload", daemon=True)

    def start(self) -> None:
        """Begin watching."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin no further reload."""
        self._stopping.set()

    def wait(self, seconds: float) -> None:
        """Wait for the reload under way, but not for ever."""
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        watched = [self._project / each for each in ("layers", "functions", "jobs")]
        for changes in watchfiles.watch(
            # The project's folder itself, not below: editors replace the template.
            *(folder for folder in watched if folder.is_dir()),
            *([self._project / "template.yaml"]),
            debounce=QUIET_MILLISECONDS,
            step=50,
            rust_timeout=STOP_CHECK_MILLISECONDS,
            stop_event=self._stopping,
            raise_interrupt=False,
        ):
            self.handle({self._project.__class__(path) for _, path in changes})

    def handle(self, changed: set[Path]) -> None:
        """Make edits to these files live, or say why they are not."""
        in_jobs = {path for path in changed if path.parent == self._project / "jobs"}
        # Editors leave other files there for a moment.
        jobs = {path for path in in_jobs if path.suffix == ".yaml"}
        code = {path for path in changed - in_jobs if "__pycache__" not in path.parts}
        if code:
            self._attempt(code, self._reload_code)
        if jobs:
            self._attempt(jobs, self._reload_jobs)

    def _attempt(self, changed: set[Path], reload: Callable[[], str | None]) -> None:
        subject = ", ".join(
            sorted(str(path.relative_to(self._project)) for path in changed)
        )
        started = time.monotonic()
        try:
            done = reload()
        except LaptopRunError as error:
            why = error.why if error.why.endswith(".") else f"{error.why}."
            kind, text = Kind.REFUSED, f"{error.what} {why}"
        except (BotoCoreError, ClientError) as error:
            kind, text = Kind.REFUSED, str(error)
        else:
            if done is None:
                return
            kind, text = Kind.RELOAD, f"{done} ({time.monotonic() - started:.1f} s)"
        self._listener(Happening(kind=kind, subject=subject, text=text))

    def _reload_code(self) -> str | None:
        functions = sorted((self._project / "functions").glob("*/"))
        libraries = sorted((self._project / "layers").glob("*/"))
        for folder in (*functions, *libraries):
            check_syntax(folder)
        check_imports(functions, libraries)
        return "live" if self._deploy() else None

    def _reload_jobs(self) -> str | None:
        registered = self._register()
        return f"registered {', '.join(registered)}" if registered else None
