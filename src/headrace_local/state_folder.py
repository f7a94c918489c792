"""The folder of one laptop run: one holder at a time, scratch space, kept state."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Self

from headrace_local.problems import AlreadyRunningError

if TYPE_CHECKING:
    from typing import IO


class StateFolder:
    """A folder that this process holds until `release`.

    The lock is the kernel's (flock), so it ends with the process however that dies.

    Args:
        path: the folder; it is made.
        keep: whether state outlives the run.

    Raises:
        AlreadyRunningError: another laptop run holds it.
    """

    def __init__(self, path: Path, *, keep: bool) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(path / "lock")
        self.logs = path / "logs"
        self.scratch = path / "scratch"
        self.kept = path / "kept" if keep else None
        for folder in (self.logs, self.scratch):  # of a run that was killed, too
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        if self.kept is not None:
            self.kept.mkdir(exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def kept_ports(self) -> dict[str, int]:
        """Return the ports of the run whose state is kept; queue URLs name them."""
        if self.kept is None:
            return {}
        with contextlib.suppress(OSError, ValueError):
            ports: dict[str, int] = json.loads((self.kept / "ports.json").read_text())
            return ports
        return {}

    def keep_ports(self, ports: dict[str, int]) -> None:
        """Remember the ports together with the state, where that is kept."""
        if self.kept is not None:
            (self.kept / "ports.json").write_text(json.dumps(ports))

    def release(self) -> None:
        """Delete the scratch space and let others have the folder."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        self._lock.close()


def _locked(path: Path) -> IO[str]:
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise AlreadyRunningError(
            "The pipeline is already running here.",
            why=f"Process {holder} holds {path}.",
            advice="Stop it, or start a second one with --state-dir.",
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
