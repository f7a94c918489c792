"""`headrace definitions` `list`, `versions`, `show`, `diff` and `activate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headrace.errors import InvalidDefinition
from headrace_client.cli import definition_screens, screens
from headrace_client.cli.completing import job_names
from headrace_client.cli.evolving import (
    evolution_document,
    force_option,
    progress,
    tell,
)
from headrace_client.cli.options import Target, examples, json_option, target_options
from headrace_client.definition_changes import definition_changes, version_changes
from headrace_client.definition_documents import (
    change_document,
    summary_document,
    version_document,
)
from headrace_client.definition_files import read_definition_file
from headrace_client.definition_text import definition_text
from headrace_client.errors import RegistrationRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_client.definition_changes import FieldChange
    from headrace_client.definitions import Definitions

VERSION = click.IntRange(min=1)


def _definitions(
    target: Target, on_progress: Callable[[str], object] = lambda _: None
) -> Definitions:
    from headrace_client.definitions import Definitions  # noqa: PLC0415  # boto3, slow

    return Definitions.over(target.connection(), on_progress)


@examples("headrace definitions list")
@click.command("list")
@target_options
@json_option
def list_definitions(*, target: Target, as_json: bool) -> None:
    """List every definition's active version.

    What an earlier release registered is listed once it is registered again,
    changed or not.
    """
    entries = _definitions(target).list()
    if as_json:
        documents = [summary_document(entry, is_active=True) for entry in entries]
        click.echo(json.dumps(documents, indent=2))
    elif entries:
        output = screens.console()
        output.print(definition_screens.definition_list(entries, columns=output.width))
    else:
        click.echo("No definition is registered. Try: headrace register jobs/*.yaml")


@examples("headrace definitions versions report")
@click.command()
@click.argument("name", shell_complete=job_names)
@target_options
@json_option
def versions(*, target: Target, name: str, as_json: bool) -> None:
    """List all versions of a definition, the newest first, and what each changed."""
    reader = _definitions(target)
    found, active = reader.versions(name), reader.active(name)
    if as_json:
        documents = [
            summary_document(each, is_active=each.version == active.version)
            for each in reversed(found)
        ]
        click.echo(json.dumps(documents, indent=2))
    else:
        screens.console().print(definition_screens.version_list(found, active=active))


@examples("headrace definitions show report --version 3 > jobs/report.yaml")
@click.command()
@click.argument("name", shell_complete=job_names)
@click.option("--version", type=VERSION, help="Not the active version, but this one.")
@target_options
@json_option
def show(*, target: Target, name: str, version: int | None, as_json: bool) -> None:
    """Show a definition as YAML that can be registered again.

    Fields that say no more than their absence does are left out.
    """
    reader = _definitions(target)
    found = reader.get(name, version)
    if as_json:
        is_active = found.version == reader.active(name).version
        document = version_document(found, is_active=is_active)
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo(definition_text(found), nl=False)


@examples(
    "headrace definitions diff report",
    "headrace definitions diff report 3 5",
    "headrace definitions diff report jobs/report.yaml",
)
@click.command()
@click.argument("name", shell_complete=job_names)
@click.argument("old", required=False, metavar="[VERSION|FILE]")
@click.argument("new", required=False, type=VERSION, metavar="[VERSION]")
@target_options
@json_option
def diff(
    *, target: Target, name: str, old: str | None, new: int | None, as_json: bool
) -> None:
    """Show what differs between two versions, field by field.

    With one VERSION: from it to the active one. With none: from the one before the
    active one. With a FILE: from the active version to the file, as `register` would
    store it but for the task definition's revision.
    """
    reader = _definitions(target)
    if old is not None and not old.isdecimal():
        if new is not None:
            raise click.UsageError("Compare with a file, or with a version, not both.")
        titles, changes = _file_changes(reader, name, Path(old))
    else:
        after = reader.get(name, new)
        before = reader.before(after) if old is None else reader.get(name, int(old))
        titles = f"VERSION {before.version}", f"VERSION {after.version}"
        changes = version_changes(before, after)
    print_changes(changes, titles, as_json=as_json)


def _file_changes(
    reader: Definitions, name: str, path: Path
) -> tuple[tuple[str, str], list[FieldChange]]:
    try:
        file = read_definition_file(path)
    except InvalidDefinition as error:
        raise RegistrationRefusedError(
            error.problems, advice="Correct the file, then compare again."
        ) from error
    if file.definition.name != name:
        raise RegistrationRefusedError(
            [file.at(f"name: must be {name!r}, but is {file.definition.name!r}")],
            advice=f"Compare it with its own: headrace definitions diff"
            f" {file.definition.name} {path}",
        )
    active = reader.active(name)
    changes = definition_changes(active.definition, file.definition)
    return (f"VERSION {active.version}", path.name), changes


def print_changes(
    changes: list[FieldChange], titles: tuple[str, str], *, as_json: bool
) -> None:
    """Print differences, of two sides with these titles."""
    if as_json:
        click.echo(json.dumps([change_document(each) for each in changes], indent=2))
    elif changes:
        screens.console().print(definition_screens.change_list(changes, *titles))
    else:
        click.echo("Nothing differs.")


@examples("headrace definitions activate report 3")
@click.command()
@click.argument("name", shell_complete=job_names)
@click.argument("version", type=VERSION)
@force_option
@target_options
@json_option
def activate(
    *, target: Target, name: str, version: int, force: bool, as_json: bool
) -> None:
    """Make a version the active one: the way back after a bad registration.

    Requests that name no version get it from now on. Jobs that were accepted keep the
    version that they were accepted with. A version is refused if it would refuse
    requests that the active one accepts and that wait, as `headrace register` does.
    """
    with progress() as on_progress:
        done = _definitions(target, on_progress).activate(name, version, force=force)
    tell([done.evolution])
    before, after = done.before.version, done.after.version
    if as_json:
        document = {
            "name": name,
            "before": before,
            "after": after,
            "changes": [change_document(each) for each in done.changes],
        } | evolution_document(done.evolution)
        click.echo(json.dumps(document, indent=2))
    elif before == after:
        click.echo(f"{name} version {after} is active already.")
    else:
        click.echo(f"{name} version {after} is active now; it was version {before}.")
        titles = f"VERSION {before}", f"VERSION {after}"
        print_changes(list(done.changes), titles, as_json=False)
