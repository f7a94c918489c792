"""Every command explains itself: what it does, each option, an example, exit codes."""

from __future__ import annotations

import re

import click
import pytest

from headrace_client.cli.exit_codes import MEANINGS
from headrace_client.cli.root import root

COLUMNS = 88


def commands(command, names, parent=None):
    """Every command below a group that does something, by its whole name."""
    context = click.Context(
        command, info_name=names[-1], parent=parent, **command.context_settings
    )
    context.terminal_width = COLUMNS
    if not isinstance(command, click.Group):
        yield " ".join(names), command, command.get_help(context)
        return
    for name in command.list_commands(context):
        yield from commands(command.get_command(context, name), (*names, name), context)


COMMANDS = list(commands(root, ("headrace",)))
NAMES = [name for name, *_ in COMMANDS]


@pytest.mark.parametrize(("name", "command", "text"), COMMANDS, ids=NAMES)
def test_a_command_says_what_it_does_in_a_sentence_that_a_list_shows_whole(
    name, command, text
):
    assert re.fullmatch(r"[A-Z].+[a-z0-9).]", command.get_short_help_str(200))


@pytest.mark.parametrize(("name", "command", "text"), COMMANDS, ids=NAMES)
def test_every_option_has_help(name, command, text):
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.hidden and not each.help] == []


@pytest.mark.parametrize(("name", "command", "text"), COMMANDS, ids=NAMES)
def test_a_command_has_an_example_of_itself(name, command, text):
    block = re.search(r"^ *Examples?:\n((?: {4}.+\n?)+)", text, re.MULTILINE)[1]
    assert name in block


@pytest.mark.parametrize(("name", "command", "text"), COMMANDS, ids=NAMES)
def test_a_command_tells_its_exit_codes(name, command, text):
    told = text.rpartition("Exit codes:\n")[2]
    codes = [int(each) for each in re.findall(r"^ +(\d+)  \S", told, re.MULTILINE)]
    assert codes[0] == 0
    assert codes == sorted(set(codes))
    assert set(codes) <= {int(code) for code in MEANINGS}


@pytest.mark.parametrize(("name", "command", "text"), COMMANDS, ids=NAMES)
def test_a_command_that_talks_to_aws_says_when_it_could_not(name, command, text):
    talks = any(each.name == "stack" for each in command.params)
    assert ("\n      3  not configured" in text) is talks


def test_there_are_commands_to_look_at():
    assert {"headrace submit", "headrace local up"} <= set(NAMES)
