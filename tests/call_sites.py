"""Where the product calls AWS, and its ports, as its source says."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from headrace_local.simulation.call_record import Call, Site
from headrace_local.simulation.releases import project_root

LIBRARY = project_root() / "layers" / "headrace" / "headrace"
CLIENTS = frozenset({"client", "_client", "_run_client"})


@dataclass(frozen=True, slots=True)
class CallSite:
    """One statement of the product.

    Attributes:
        name: Its function's and what it calls: `JobTable._get get_item`.
    """

    path: str
    name: str
    first_line: int
    last_line: int

    def is_at(self, site: Site) -> bool:
        return site.path == self.path and self.first_line <= site.line <= self.last_line


def sites_in(
    folder: str, called: Callable[[ast.Attribute | ast.Call], str | None]
) -> list[CallSite]:
    """Return every statement of a folder's modules that calls something."""
    return [
        CallSite(
            f"{folder}/{path.name}",
            f"{function} {name}",
            statement.lineno,
            statement.end_lineno or statement.lineno,
        )
        for path in sorted((LIBRARY / folder).glob("*.py"))
        for function, statement in _statements(path)
        for name in _names(statement, called)
    ]


def client_call(node: ast.Attribute | ast.Call) -> str | None:
    """Return the operation where a node is one of an SDK client's."""
    if not isinstance(node, ast.Attribute):
        return None
    owner = node.value
    named = getattr(owner, "attr", getattr(owner, "id", ""))
    return node.attr if named in CLIENTS else None


def port_call(node: ast.Attribute | ast.Call) -> str | None:
    """Return the method where a node is one of a port that calls AWS, or `store`."""
    if isinstance(node, ast.Call):
        return "store" if getattr(node.func, "id", "") == "store" else None
    owner = node.value
    if not isinstance(owner, ast.Attribute) or not isinstance(owner.value, ast.Name):
        return None
    remote = {"budget", "catalogue", "jobs", "parameters", "sweeps", "tasks", "waker"}
    is_remote = (
        owner.value.id == "ports" and owner.attr in remote and node.attr != "uri"
    )
    return f"{owner.attr}.{node.attr}" if is_remote else None


def covered(sites: list[CallSite], calls: list[Call]) -> set[tuple[str, str]]:
    """Return the stage and the name of each site that some call came through."""
    return {
        (call.stage, each.name)
        for call in calls
        for site in call.sites
        for each in sites
        if each.is_at(site)
    }


def _names(
    statement: ast.stmt, called: Callable[[ast.Attribute | ast.Call], str | None]
) -> Iterator[str]:
    for node in _own_nodes(statement):
        if isinstance(node, ast.Attribute | ast.Call):
            name = called(node)
            if name is not None:
                yield name


def _own_nodes(statement: ast.AST) -> Iterator[ast.AST]:
    """Yield a statement's nodes, without those of the statements inside it."""
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            continue
        yield child
        yield from _own_nodes(child)


def _statements(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    yield from _statements_in(ast.parse(path.read_text()), "")


def _statements_in(node: ast.AST, name: str) -> Iterator[tuple[str, ast.stmt]]:
    for child in ast.iter_child_nodes(node):
        own = name
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            own = f"{name}.{child.name}".lstrip(".")
        elif isinstance(child, ast.stmt):
            yield name, child
        yield from _statements_in(child, own)
