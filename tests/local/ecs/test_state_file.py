"""The journal of tasks and tokens survives a server killed at any moment."""

from __future__ import annotations

import pytest

from ecs_engine import make_engine
from headrace_local.ecs.state_file import FILE_NAME, StateFile


class KilledError(BaseException):
    """Stands for SIGKILL: nothing that comes after it happens."""


def test_a_server_killed_while_it_takes_over_loses_nothing(tmp_path):
    path = tmp_path / FILE_NAME
    first = make_engine()
    state = StateFile(path).open(first.engine)
    task = first.run_one(clientToken="token", startedBy="job")
    state.close()
    before = path.read_text()
    second = make_engine()

    def killed(*_: object) -> None:
        raise KilledError

    second.engine.tokens.keep = killed
    interrupted = StateFile(path)
    with pytest.raises(KilledError):
        interrupted.open(second.engine)
    interrupted.close()

    assert path.read_text() == before
    third = make_engine()
    StateFile(path).open(third.engine).close()
    assert list(third.engine.tasks) == [task]
    assert third.engine.tokens.size == 1


def test_what_a_second_server_adds_is_there_for_the_third(tmp_path):
    path = tmp_path / FILE_NAME
    for number in range(3):
        ecs = make_engine()
        state = StateFile(path).open(ecs.engine)
        assert len(ecs.engine.tasks) == number
        ecs.run_one(clientToken=f"token-{number}")
        state.close()
