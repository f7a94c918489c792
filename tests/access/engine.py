"""A public implementation of IAM's rules, asked everything at once."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from access.call import ACCOUNT_ID, Call
from access.policies import Document

FOLDER = Path(__file__).resolve().parent / "engine"
SECONDS_MAX = 300


@dataclass(frozen=True, kw_only=True)
class Question:
    """A call, who makes it, and the policies that decide."""

    call: Call
    principal_arn: str
    identities: tuple[Document, ...]
    on_resource: Document | None


def is_installed() -> bool:
    """Whether `make` has put the engine where this looks for it."""
    marker = FOLDER / "node_modules" / ".installed"
    return shutil.which("node") is not None and marker.is_file()


def allowed(questions: Sequence[Question]) -> list[bool]:
    """Return for each question whether IAM would allow the call.

    Raises:
        AssertionError: The engine did not understand a question.
    """
    documents: dict[int, tuple[int, Any]] = {}

    def index(document: Document) -> int:
        number, _ = documents.setdefault(
            id(document), (len(documents), document.json())
        )
        return number

    asked = [
        {
            "principal": question.principal_arn,
            "action": question.call.action,
            "resource": question.call.resource,
            "account": ACCOUNT_ID,
            "context": {
                key: value if isinstance(value, str) else list(value)
                for key, value in question.call.context.items()
            },
            "identities": [index(each) for each in question.identities],
            "resourcePolicy": question.on_resource and index(question.on_resource),
        }
        for question in questions
    ]
    given = {"documents": [json for _, json in documents.values()], "questions": asked}
    done = subprocess.run(  # noqa: S603 - our own script
        [shutil.which("node") or "node", "evaluate.mjs"],
        input=json.dumps(given),
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert len(answers) == len(questions)
    return [answer == "Allowed" for answer in answers]
