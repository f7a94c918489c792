"""Pages of commands, run as their reader would run them, and held to what they print.

In a page, a block of `console` is a transcript: a line that begins with `$ ` is a
command, and what follows it is what it prints. A command of which the page shows
nothing may print anything. A line `...` stands for any number of lines. What differs
from run to run (times, ages, ids) may differ, but a job id, or a message id, must be
the same one wherever the page says it. A command ends with 0, or with what the page
says behind it: `# exit code 1`. A block after a line that ends in "as `NAME`:" is saved
so.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SAVED = re.compile(r"as `([\w./-]+)`:\s*\Z")
_EXIT_CODE = re.compile(r"\s+# exit code (\d+)$")
_JOB_ID = re.compile(r"\b[a-z2-7]{26}\b")
_VOLATILE = {
    "job": _JOB_ID.pattern,
    "uuid": r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    "hex": r"\b(?:[0-9a-f]{64}|[0-9a-f]{32})\b",
    "instant": r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| UTC)?",
    "date": r"\b\d{4}-\d\d-\d\d\b",
    "clock": r"\b\d\d:\d\d:\d\d(?:\.\d+)?\b",
    "age": r"\b\d+(?:\.\d+)? ?(?:ms|s|m|h|d)\b",
}
_ID = re.compile(f"{_VOLATILE['job']}|{_VOLATILE['uuid']}")
_ANY = re.compile("|".join(f"(?P<{k}>{v})" for k, v in _VOLATILE.items()))
_SECONDS_MAX = 180


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a page, and the lines that it shows of what it prints."""

    text: str
    exit_code: int
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A block that the reader is asked to save."""

    name: str
    text: str


def steps_of(page: str) -> list[Command | SavedFile]:
    """Return what a page asks its reader to do, in its order."""
    steps: list[Command | SavedFile] = []
    for block in _BLOCK.finditer(page):
        saved = _SAVED.search(page[: block.start()])
        if saved:
            steps.append(SavedFile(saved[1], block[2]))
        elif block[1] == "console":
            steps += _commands(block[2])
    return steps


def _commands(block: str) -> list[Command]:
    joined = block.replace("\\\n", "")
    found = []
    for part in re.split(r"^\$ ", joined, flags=re.MULTILINE)[1:]:
        text, *shown = part.rstrip().splitlines()
        code = _EXIT_CODE.search(text)
        found.append(Command(text, int(code[1]) if code else 0, tuple(shown)))
    return found


@dataclass(slots=True)
class Reader:
    """Does what a page asks for, in a folder of its own.

    Attributes:
        folder: Where commands run and files are saved.
        variables: The environment, beside PATH and HOME.
        ids: Which job or message the page means by an id of its own.
    """

    folder: Path
    variables: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)

    def follow(self, page: str) -> None:
        """Do all that a page asks for; fail where it does not go as printed."""
        for step in steps_of(page):
            if isinstance(step, SavedFile):
                path = self.folder / step.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(step.text)
            else:
                self._run(step)

    def _run(self, command: Command) -> None:
        text = _ID.sub(lambda found: self.ids.get(found[0], found[0]), command.text)
        done = subprocess.run(  # noqa: S603  # our own pages
            ["bash", "-c", text],  # noqa: S607  # whichever comes first
            cwd=self.folder,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS_MAX,
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": str(self.folder),
                "COLUMNS": "80",
                **self.variables,
            },
        )
        printed = done.stdout.rstrip().splitlines()
        told = f"$ {text}\n{done.stdout}"
        assert done.returncode == command.exit_code, told
        if command.shown:
            problem = self._difference(list(command.shown), printed)
            assert problem is None, f"{told}\n{problem}"

    def _difference(self, shown: list[str], printed: list[str]) -> str | None:
        """Match line by line; return the first line of the page that is not there."""
        position, may_skip = 0, False
        for line in shown:
            if line.strip() == "...":
                may_skip = True
                continue
            while position < len(printed) and not self._is(line, printed[position]):
                if not may_skip:
                    return f"page:    {line}\nprinted: {printed[position]}"
                position += 1
            if position == len(printed):
                return f"page:    {line}\nprinted: nothing more"
            position, may_skip = position + 1, False
        if position < len(printed) and not may_skip:
            return f"page:    nothing more\nprinted: {printed[position]}"
        return None

    def _is(self, line: str, printed: str) -> bool:
        line, printed = _even(line), _even(printed)
        pattern, names, end = "", [], 0
        for each in _ANY.finditer(line):
            pattern += re.escape(line[end : each.start()])
            kind, end = each.lastgroup or "", each.end()
            if kind in {"job", "uuid"}:
                known = self.ids.get(each[0])
                pattern += re.escape(known) if known else f"({_VOLATILE[kind]})"
                names += [] if known else [each[0]]
            else:
                pattern += f"(?:{_VOLATILE[kind]})"
        matched = re.fullmatch(pattern + re.escape(line[end:]), printed)
        if matched:
            self.ids |= dict(zip(names, matched.groups(), strict=True))
        return matched is not None


def _even(line: str) -> str:
    """Return a line without what a column's width changes."""
    return re.sub(r"─+", "─", re.sub(r"\s+", " ", line)).strip()
