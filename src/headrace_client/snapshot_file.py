"""A snapshot's file: JSON with one order of everything, fit to be committed.

The same deployment gives the same bytes: no time of its making is in it. The format is
described in docs/check-before-you-send.md. Reads and writes files; no AWS calls here.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field, ValidationError

from headrace.definitions.definition import RegisteredDefinition
from headrace.launches.launch import Placement
from headrace.windows import Profile
from headrace.wire import Wire, faults
from headrace_client.deployment import Deployment
from headrace_client.errors import NotConfiguredError
from headrace_client.snapshot import Limits, Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT: Final = "headrace-snapshot/1"
"""Changes when a program of an older release could misread the file."""

DEFAULT_FILE = Path("headrace.snapshot.json")
VARIABLE = "HEADRACE_SNAPSHOT"


class _Names(Wire):
    """Those of `Deployment` that decide what becomes of a request, and two more."""

    stack_name: str
    deployment_id: str
    request_queue_url: str
    job_table_name: str
    dispatch_function_name: str
    parameter_bucket_name: str
    job_family_prefix: str
    job_role_path: str
    untrusted_job_family_prefix: str
    untrusted_job_role_path: str


class _Limits(Wire):
    """`Limits`."""

    launches_per_second: Annotated[float, Field(ge=0)]
    launch_burst: Annotated[int, Field(ge=1)]
    pinned_tenant: str | None = None
    retention_days: int
    profile: Annotated[Profile, Field(strict=False)]


class _Place(Wire):
    """`Placement`."""

    cluster_arn: Annotated[str, Field(pattern=r"^arn:[^:]+:ecs:[^:]+:[0-9]*:.+$")]
    group: str
    subnet_ids: Annotated[tuple[str, ...], Field(strict=False)]
    security_group_ids: Annotated[tuple[str, ...], Field(strict=False)]
    assign_public_ip: Literal["ENABLED", "DISABLED"]


class _Version(Wire):
    """`RegisteredDefinition`, as it stores itself."""

    is_active: bool
    version: int
    registered_at: str
    definition: dict[str, Any]
    resolved: dict[str, Any]


class _File(Wire):
    """The whole."""

    format: Literal["headrace-snapshot/1"]
    deployment: _Names
    limits: _Limits
    placement: _Place
    untrusted_placement: _Place | None = None
    definitions: Annotated[tuple[_Version, ...], Field(strict=False)]


def snapshot_text(snapshot: Snapshot) -> str:
    """Return the file's text, definitions by name and version."""
    untrusted = snapshot.untrusted_placement
    known = asdict(snapshot.deployment)
    names = {name: known[name] for name in known.keys() & _Names.model_fields} | {
        "stack_name": snapshot.stack_name,
        "parameter_bucket_name": snapshot.parameter_bucket_name,
    }
    ordered = sorted(
        snapshot.definitions, key=lambda each: (each.definition.name, each.version)
    )
    file = _File(
        format=FORMAT,
        deployment=_Names(**names),
        limits=_Limits(**asdict(snapshot.limits)),
        placement=_Place(**asdict(snapshot.placement)),
        untrusted_placement=None if untrusted is None else _Place(**asdict(untrusted)),
        definitions=tuple(_version_of(each, snapshot.active) for each in ordered),
    )
    return json.dumps(file.to_wire(), indent=2, ensure_ascii=False) + "\n"


def write_snapshot(snapshot: Snapshot, path: Path) -> None:
    """Write a snapshot's file.

    Raises:
        NotConfiguredError: It cannot be written there.
    """
    try:
        path.write_text(snapshot_text(snapshot), encoding="utf-8")
    except OSError as error:
        raise NotConfiguredError(
            f"The snapshot {path} cannot be written: {error.strerror or error}.",
            advice="Name another file: --out FILE, or --out - to print it.",
        ) from error


def read_snapshot(path: Path) -> Snapshot:
    """Read a snapshot's file.

    Raises:
        NotConfiguredError: There is none, or this release cannot read it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise NotConfiguredError(
            f"The snapshot {path} cannot be read: {problem}.",
            advice=f"Name one with --snapshot or {VARIABLE}, or write it where AWS can"
            f" be asked: headrace definitions export --out {path}",
        ) from error
    return _snapshot_of(text, name=str(path))


def _snapshot_of(text: str, *, name: str) -> Snapshot:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise _unreadable(name, f"it is no JSON: {error}") from error
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise _unreadable(name, f"its format must be {FORMAT!r}, but is {found!r}")
    try:
        return _read(_File.from_wire(document))
    except ValidationError as error:
        raise _unreadable(name, str(faults(error)[0])) from error
    except ValueError as error:
        raise _unreadable(name, str(error)) from error


def _read(file: _File) -> Snapshot:
    names = {each.name for each in fields(Deployment)}
    untrusted = file.untrusted_placement
    versions = [_registered(*each) for each in enumerate(file.definitions)]
    return Snapshot(
        deployment=Deployment(
            **{name: value for name, value in file.deployment if name in names},
            launches_per_second=f"{file.limits.launches_per_second:g}",
        ),
        stack_name=file.deployment.stack_name,
        parameter_bucket_name=file.deployment.parameter_bucket_name,
        limits=Limits(**dict(file.limits)),
        placement=Placement(**dict(file.placement)),
        untrusted_placement=None if untrusted is None else Placement(**dict(untrusted)),
        definitions=tuple(versions),
        active={
            registered.definition.name: registered.version
            for registered, each in zip(versions, file.definitions, strict=True)
            if each.is_active
        },
    )


def _registered(index: int, version: _Version) -> RegisteredDefinition:
    try:
        return RegisteredDefinition.from_json(version.to_wire())
    except ValidationError as error:
        raise ValueError(f"definitions[{index}].{faults(error)[0]}") from error
    except ValueError as error:
        raise ValueError(f"definitions[{index}]: {error}") from error


def _version_of(
    registered: RegisteredDefinition, active: Mapping[str, int]
) -> _Version:
    is_active = active.get(registered.definition.name) == registered.version
    return _Version.from_wire(registered.to_json() | {"isActive": is_active})


def _unreadable(name: str, problem: str) -> NotConfiguredError:
    return NotConfiguredError(
        f"{name} is no snapshot for this release: {problem}.",
        advice=f"Write it anew: headrace definitions export --out {name}",
    )
