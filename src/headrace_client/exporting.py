"""Taking a snapshot of a deployment: its dispatch's settings, and its definitions.

Dispatch's own configuration is asked, not the stack's parameters: it is what requests
are judged with, whatever was deployed how.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from headrace.errors import Misconfigured
from headrace.settings import DispatchSettings, trusted_placement, untrusted_placement
from headrace_client.aws_problems import speaking_to_aws
from headrace_client.errors import NotConfiguredError, NotFoundError
from headrace_client.snapshot import Limits, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headrace.definitions.definition import RegisteredDefinition
    from headrace.ports import Catalogue
    from headrace_client.connection import Connection


def export_snapshot(
    connection: Connection,
    names: Sequence[str] | None = None,
    *,
    older: Iterable[tuple[str, int]] = (),
) -> Snapshot:
    """Return what offline commands need of a deployment.

    Args:
        connection: The deployment.
        names: Of the definitions whose active versions it shall hold; None is all.
        older: Names and numbers of versions that it shall hold besides.

    Raises:
        NotFoundError: There is no such definition, or no such version.
        NotConfiguredError: The deployment's dispatch function is not known, or has
            settings that this release does not understand.
        UnreachableError: AWS did not answer, or refused.
    """
    settings = _dispatch_settings(connection)
    endpoint = connection.clients.endpoint("dynamodb")
    with speaking_to_aws("read the definitions", endpoint=endpoint):
        catalogue = connection.catalogue()
        active = _active(catalogue, catalogue.names() if names is None else names)
        versions = {(each.definition.name, each.version): each for each in active}
        for name, version in older:
            versions[name, version] = _version(catalogue, name, version)
    return Snapshot(
        deployment=replace(
            connection.deployment,
            launches_per_second=f"{settings.launches_per_second:g}",
        ),
        stack_name=settings.stack_name,
        parameter_bucket_name=settings.parameter_bucket_name,
        limits=Limits(
            launches_per_second=settings.launches_per_second,
            launch_burst=settings.launch_burst,
            pinned_tenant=settings.pinned_tenant or None,
            retention_days=settings.retention_days,
            profile=settings.profile,
        ),
        placement=trusted_placement(settings),
        untrusted_placement=untrusted_placement(settings),
        definitions=tuple(versions[key] for key in sorted(versions)),
        active={each.definition.name: each.version for each in active},
    )


def _dispatch_settings(connection: Connection) -> DispatchSettings:
    name = connection.deployment.dispatch_function_name
    if not name:
        raise NotConfiguredError(
            "The name of the deployment's dispatch function is not known.",
            advice="Name the stack (--stack NAME), or set"
            " HEADRACE_DISPATCH_FUNCTION_NAME to its output DispatchFunctionName.",
        )
    doing = f"read the configuration of the function {name!r}"
    with speaking_to_aws(doing, endpoint=connection.clients.endpoint("lambda")):
        answer = connection.clients.of("lambda").get_function_configuration(
            FunctionName=name
        )
    try:
        return DispatchSettings.read(answer.get("Environment", {}).get("Variables", {}))
    except Misconfigured as error:
        raise NotConfiguredError(
            f"The function {name!r} has settings that this release of the client does"
            f" not understand: {error}.",
            advice="Use the release of the client that was deployed, or deploy again.",
        ) from error


def _active(catalogue: Catalogue, names: Sequence[str]) -> list[RegisteredDefinition]:
    found = catalogue.active(names)
    missing = sorted(set(names) - found.keys())
    if missing:
        raise NotFoundError(
            f"No job definition {missing[0]!r} is registered.",
            advice="Check its name, or register it: headrace register FILE",
        )
    return list(found.values())


def _version(catalogue: Catalogue, name: str, version: int) -> RegisteredDefinition:
    registered = catalogue.version(name, version)
    if registered is None:
        raise NotFoundError(
            f"The job definition {name!r} has no version {version}.",
            advice=f"See what it has: headrace definitions versions {name}",
        )
    return registered
