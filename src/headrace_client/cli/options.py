"""Options that several commands share, and what they open."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from headrace_client.client import Headrace
    from headrace_client.connection import Connection

type Command = Callable[..., Any]


def examples[C: click.Command](*lines: str) -> Callable[[C], C]:
    """Add command lines to try at the end of a command's help."""

    def add(command: C) -> C:
        title = "Example" if len(lines) == 1 else "Examples"
        block = "\n".join([f"{title}:", *(f"  {line}" for line in lines)])
        # \b: click's mark for a block whose line ends are to be kept.
        parts = (f"\b\n{block}", command.epilog)
        command.epilog = "\n\n".join(part for part in parts if part)
        return command

    return add


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which deployment a command is for, and on whose behalf."""

    stack: str | None
    endpoint_url: str | None
    tenant: str

    def connection(self) -> Connection:
        """Find the deployment.

        Raises:
            headrace_client.errors.ClientError: It cannot be found.
        """
        from headrace_client import connect  # noqa: PLC0415  # imports boto3, slow

        return connect(stack=self.stack, endpoint_url=self.endpoint_url)

    def client(self) -> Headrace:
        """Find the deployment and return its client.

        Raises:
            headrace_client.errors.ClientError: It cannot be found.
        """
        from headrace_client import Headrace  # noqa: PLC0415  # imports boto3, slow

        return Headrace.over(self.connection(), tenant=self.tenant)


def target_options(command: Command) -> Command:
    """Add --stack, --endpoint-url and --tenant; the command gets a `target`."""

    @click.option(
        "--stack",
        metavar="NAME",
        help="Take the deployment's names from this CloudFormation stack's outputs."
        " Without it: HEADRACE_STACK, or the HEADRACE_* variables.",
    )
    @click.option(
        "--endpoint-url",
        metavar="URL",
        help="Talk to this address instead of AWS. Without it: AWS_ENDPOINT_URL.",
    )
    @click.option(
        "--tenant",
        default="default",
        show_default=True,
        envvar="HEADRACE_TENANT",
        show_envvar=True,
        help="On whose behalf.",
    )
    @functools.wraps(command)
    def with_target(
        *, stack: str | None, endpoint_url: str | None, tenant: str, **others: object
    ) -> object:
        target = Target(stack=stack, endpoint_url=endpoint_url, tenant=tenant)
        return command(target=target, **others)

    return with_target


def json_option(command: Command) -> Command:
    """Add --json; the command gets `as_json`."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print JSON for programs."
    )(command)


def deadline_option(command: Command) -> Command:
    """Add --deadline; the command gets `deadline`."""
    return click.option(
        "--deadline",
        type=click.FloatRange(min=0),
        default=3600,
        show_default=True,
        metavar="SECONDS",
        help="How long to watch at most; the job goes on regardless.",
    )(command)
