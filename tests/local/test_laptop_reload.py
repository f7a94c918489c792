"""What the laptop run makes of edits, without a pipeline behind it."""

from __future__ import annotations

import pytest

from headrace_local.happenings import Kind
from headrace_local.problems import RegistrationFailedError
from headrace_local.reload import Reloader


@pytest.fixture
def told():
    return []


@pytest.fixture
def project(tmp_path):
    (tmp_path / "jobs").mkdir()
    return tmp_path


def reloader(project, told, *, register):
    return Reloader(
        project, deploy=lambda: True, register=register, listener=told.append
    )


def test_an_editors_own_files_beside_the_jobs_are_not_told_of(project, told):
    edited = {project / "jobs" / name for name in ("hello.yaml", "4913", ".hello.swp")}

    reloader(project, told, register=lambda: ["hello v2"]).handle(edited)

    (happening,) = told
    assert happening.kind is Kind.RELOAD
    assert happening.subject == "jobs/hello.yaml"


def test_an_edit_that_is_refused_is_told_in_whole_sentences(project, told):
    def register():
        raise RegistrationFailedError("Not registered.", why="line 2: no", advice="")

    reloader(project, told, register=register).handle({project / "jobs" / "a.yaml"})

    (happening,) = told
    assert happening.kind is Kind.REFUSED
    assert happening.text == "Not registered. line 2: no."
