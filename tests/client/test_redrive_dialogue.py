"""`headrace redrive` on a terminal: it shows each message, and does as it is told."""

from __future__ import annotations

import json

import click
import pytest
from click.testing import CliRunner

from builders import NOW, a_request_body
from definition_builders import a_registered
from headrace_client.cli import screens
from headrace_client.cli.dialogue import Dialogue
from redrive_world import RedriveWorld, a_task_event


@pytest.fixture
def world():
    world = RedriveWorld()
    world.catalogue.register(a_registered())
    return world


@pytest.fixture
def walk(world, tmp_path):
    """Walks through all dead letters with these answers, and an editor's new texts."""

    def run(*answers, edits=()):
        editor = tmp_path / "editor"
        for number, text in enumerate(edits):
            (tmp_path / f"edit-{number}").write_text(text)
        editor.write_text(
            f'#!/bin/sh\ncd {tmp_path}; n=$(ls | grep -c done); touch "done-$n"\n'
            'cat "edit-$n" > "$1"\n'
        )
        editor.chmod(0o755)

        @click.command()
        def command():
            with world.redrive.hold() as hold:
                Dialogue(world.redrive, hold, screens.console(), now=NOW).walk()

        return CliRunner().invoke(
            command,
            input="".join(f"{answer}\n" for answer in answers),
            env={"EDITOR": str(editor), "VISUAL": None, "COLUMNS": "80"},
        )

    return run


def test_a_message_is_shown_with_all_that_is_known_and_sent_back(world, walk):
    message_id = world.put_request()
    done = walk("s")
    assert done.exit_code == 0, done.output
    for text in (message_id, "report-2026-11-22", "request-dead-letters", '"date"'):
        assert text in done.output
    assert world.in_queue(world.requests) == [a_request_body()]
    assert world.left() == []


def test_a_message_that_is_passed_over_stays_and_so_do_the_rest_on_quit(world, walk):
    for number in range(3):
        world.put_request(idempotencyKey=f"r-{number}")
    assert walk("n", "q").exit_code == 0
    assert len(world.left()) == 3
    assert world.in_queue(world.requests) == []


def test_what_is_edited_is_sent_when_dispatch_would_take_it(world, walk):
    world.put_request(parameters={"date": 7})
    good = a_request_body(idempotencyKey="new")
    done = walk("e", "y", "y", edits=[a_request_body(timeoutSeconds=10**6), good])
    assert done.exit_code == 0, done.output
    assert "LIMIT_EXCEEDED" in done.output
    assert "timeoutSeconds" in done.output
    [sent] = world.in_queue(world.requests)
    assert json.loads(sent) == json.loads(good)


def test_an_edit_that_changes_nothing_sends_nothing(world, walk):
    world.put_request()
    body = json.dumps(json.loads(a_request_body()), indent=2, ensure_ascii=False)
    done = walk("e", "n", edits=[body + "\n"])
    assert "Nothing was changed" in done.output
    assert world.in_queue(world.requests) == []
    assert len(world.left()) == 1


def test_an_edit_that_is_not_confirmed_sends_nothing(world, walk):
    world.put_request()
    walk("e", "n", "n", edits=[a_request_body(idempotencyKey="new")])
    assert world.in_queue(world.requests) == []
    assert len(world.left()) == 1


def test_a_drop_asks_why_and_keeps_it(world, walk):
    world.put_request()
    assert walk("d", "not needed").exit_code == 0
    assert [note.why for note in world.redrive.dropped()] == ["not needed"]


def test_only_what_may_be_done_is_offered(world, walk):
    world.put("task-events", a_task_event())
    world.put("schedules", "{}")
    done = walk("e", "n", "s", "n")
    assert "e edit" not in done.output
    assert done.output.count("is not one of") == 2
    assert len(world.left("task-events")) == len(world.left("schedules")) == 1


def test_an_end_of_the_input_gives_everything_back(world, walk):
    world.put_request()
    assert walk().exit_code != 0
    assert world.redrive.look().examined[0].letter.receives == 2


def test_a_body_cannot_move_the_cursor(world, walk):
    world.put("requests", json.dumps({"text": "\x9b31m \x1b[2J \u202e"}))
    done = walk("q")
    assert not {"\x9b", "\x1b", "\u202e"} & set(done.output)
    assert r"\x9b31m" in done.output
