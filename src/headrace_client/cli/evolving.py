"""What `register` and `definitions activate` say of requests that are on their way."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from headrace_client.cli import screens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from headrace_client.evolution.findings import Evolution

force_option = click.option(
    "--force",
    is_flag=True,
    help="Go ahead although requests that wait, or will be sent by schedules, would be"
    " refused.",
)


@contextmanager
def progress() -> Iterator[Callable[[str], object]]:
    """Give something to tell progress to; it shows on a terminal only."""
    with screens.console(is_error=True).status("checking") as status:
        yield status.update


def tell(evolutions: Iterable[Evolution | None]) -> None:
    """Tell on standard error what would be refused, and what was not looked at."""
    found = [each for each in evolutions if each is not None]
    for evolution in found:
        name = evolution.step.new.definition.name
        for refusal in evolution.refusals:
            click.echo(
                f"Forced: {name} refuses {refusal.requests} from now on {refusal}",
                err=True,
            )
    for problem in dict.fromkeys(
        each.problem for evolution in found for each in evolution.unchecked
    ):
        click.echo(f"Not checked: {problem}", err=True)


def evolution_document(evolution: Evolution | None) -> dict[str, Any]:
    """Return it as a JSON object; empty where nobody looked."""
    if evolution is None:
        return {}
    return {
        "requestsChecked": evolution.looked_at,
        "wouldRefuse": [
            {
                "field": each.rejection.field,
                "reasonCode": each.rejection.reason.value,
                "message": each.rejection.message,
                "count": each.count,
                "requests": [
                    {
                        "kind": some.kind.name,
                        "count": some.count,
                        "names": list(some.names),
                    }
                    for some in each.concerned
                ],
            }
            for each in evolution.refusals
        ],
        "notChecked": [each.problem for each in evolution.unchecked],
    }
