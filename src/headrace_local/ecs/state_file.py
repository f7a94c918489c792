"""Remembers tasks and client tokens across a restart of the server.

A journal of JSON lines, written as things change and replaced at each start, whole, by
what it comes to: a server killed at any moment leaves the one or the other. What a
machine's crash takes from the file's end is forgotten.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TextIO

from headrace_local.ecs.tasks import ContainerRecord, TaskRecord
from headrace_local.ecs.tokens import TokenUse

if TYPE_CHECKING:
    from pathlib import Path

    from headrace_local.ecs.engine import Engine

FILE_NAME = "state.jsonl"
CLOSED_REASON = (
    "The local ECS server was stopped while the task was alive, and the task's "
    "processes with it; their exit codes are unknown."
)
LOST_REASON = (
    "The local ECS server ended while the task was alive, and the task's processes "
    "with it; their exit codes are unknown."
)
_CHANGING = ("last_status", "desired_status", "stop_code", "stopped_reason", "version")
_MOMENTS = ("created_at", "missing_until_at", "unlisted_until_at")


class StateFile:
    """The journal of one engine.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def open(self, engine: Engine) -> Self:
        """Give an engine its former tasks and tokens, and follow it from now on."""
        tasks, tokens = self._read()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        rewritten = self._path.with_suffix(".new")
        self._file = rewritten.open("w", encoding="utf-8")
        for task in tasks.values():
            self._write_task(task)
        engine.tokens.on_keep = self._write_token
        for (cluster_arn, token), words in tokens.items():
            use = TokenUse(
                fingerprint=words["fingerprint"],
                used_at=datetime.fromisoformat(words["used_at"]),
                tasks=tuple(tasks[arn] for arn in words["tasks"] if arn in tasks),
                failures=tuple(words["failures"]),
            )
            if len(use.tasks) == len(words["tasks"]):
                engine.tokens.keep(cluster_arn, token, use)
        # The file stays open under its new name.
        rewritten.replace(self._path)
        engine.observe(self._follow)
        engine.on_reset = self._begin_anew
        for task in tasks.values():
            engine.adopt(task, lost_reason=LOST_REASON)
        return self

    def close(self) -> None:
        """Write no more."""
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def _begin_anew(self) -> None:
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()

    def _follow(self, task: TaskRecord) -> None:
        if task.version == 1 or task.is_stopped:
            self._write_task(task)
        else:
            changed = {key: getattr(task, key) for key in _CHANGING}
            self._write({"changed": {"arn": task.arn, **changed}})

    def _write_task(self, task: TaskRecord) -> None:
        words = {each.name: getattr(task, each.name) for each in fields(task)}
        words["containers"] = [_container_words(each) for each in task.containers]
        self._write({"task": words})

    def _write_token(self, cluster_arn: str, token: str, use: TokenUse) -> None:
        words = {
            "cluster": cluster_arn,
            "token": token,
            "fingerprint": use.fingerprint,
            "used_at": use.used_at,
            "tasks": [each.arn for each in use.tasks],
            "failures": use.failures,
        }
        self._write({"token": words})

    def _write(self, line: dict[str, Any]) -> None:
        if self._file is not None:
            text = json.dumps(line, separators=(",", ":"), default=_plain)
            self._file.write(text + "\n")
            self._file.flush()

    def _read(self) -> tuple[dict[str, TaskRecord], dict[tuple[str, str], Any]]:
        tasks: dict[str, dict[str, Any]] = {}
        tokens: dict[tuple[str, str], Any] = {}
        if self._path.exists():
            for text in self._path.read_text(encoding="utf-8").splitlines():
                try:
                    line = json.loads(text)
                except ValueError:
                    continue  # the last line of a server killed while it wrote
                if "task" in line:
                    tasks[line["task"]["arn"]] = line["task"]
                elif "changed" in line:
                    changed = line["changed"]
                    tasks.get(changed.pop("arn"), {}).update(changed)
                else:
                    words = line["token"]
                    tokens[words.pop("cluster"), words.pop("token")] = words
        return {arn: _task(words) for arn, words in tasks.items()}, tokens


def _container_words(container: ContainerRecord) -> dict[str, Any]:
    words = {each.name: getattr(container, each.name) for each in fields(container)}
    return words | {"timers": []}


def _task(words: dict[str, Any]) -> TaskRecord:
    moments = {
        key: words[key] and datetime.fromisoformat(words[key]) for key in _MOMENTS
    }
    times = {key: datetime.fromisoformat(each) for key, each in words["times"].items()}
    containers = [ContainerRecord(**each) for each in words["containers"]]
    return TaskRecord(**words | moments | {"times": times, "containers": containers})


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return dict(value) if hasattr(value, "keys") else asdict(value)  # type: ignore[call-overload]  # what JSON cannot write is one of ours
