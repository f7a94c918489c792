"""Releases of Headrace: today's, or an older one from its own source tree.

Two releases live in one process: an older one's modules are imported apart from
today's, so that each invocation can run either.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections import Counter
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from headrace_local.simulation.chance import Chance

STAGES = ("dispatch", "record", "reconcile", "announce")
"""Also of releases that have no such function yet: nobody invokes it there."""


class Release:
    """One version of the stages, their adapters and their functions.

    Args:
        root: The checkout with `functions/` and `layers/`.
        is_apart: Whether its modules must not be today's.
    """

    def __init__(self, root: Path, *, is_apart: bool = False) -> None:
        self.root = root
        with _apart(root / "layers" / "headrace") if is_apart else _as_it_is():
            self._wiring: Any = importlib.import_module("headrace.wiring")
            self._settings: Any = importlib.import_module("headrace.settings")
            self._handlers = {
                stage: self._load(stage)
                for stage in STAGES
                if (root / "functions" / stage).is_dir()
            }
        self._read: dict[str, Any] = {}

    def has(self, stage: str) -> bool:
        """Whether this release has a function of that stage."""
        return stage in self._handlers

    def handler(self, stage: str) -> Callable[..., dict[str, Any]]:
        """Return the handler of a stage's function."""
        return self._handlers[stage]

    def ports(
        self,
        stage: str,
        environment: Mapping[str, str],
        *,
        clients: Any,  # noqa: ANN401 - SDK clients
        **surroundings: Any,  # noqa: ANN401 - ports of this release
    ) -> Any:  # noqa: ANN401 - the Ports of this release
        """Return a function's world, as the release's own wiring builds it."""
        key = f"{stage}|{sorted(environment.items())}"
        if key not in self._read:
            model = getattr(self._settings, f"{stage.capitalize()}Settings")
            self._read[key] = model.read(environment)
        return self._wiring.ports_over(
            self._read[key], clients, self._wiring.Surroundings(**surroundings)
        )

    def _load(self, stage: str) -> Callable[..., dict[str, Any]]:
        path = self.root / "functions" / stage / "app.py"
        name = f"headrace_function_{stage}_{abs(hash(self.root)):x}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise FileNotFoundError(path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        handler: Callable[..., dict[str, Any]] = module.handler
        return handler


@cache
def todays() -> Release:
    """Return the release that this checkout holds."""
    return Release(project_root())


@cache
def release_at(root: Path) -> Release:
    """Return the release of a checkout; this one's is today's, any other is apart.

    Raises:
        FileNotFoundError: The folder has no `functions/` of a release.
    """
    is_ours = root.resolve() == project_root()
    return todays() if is_ours else Release(root.resolve(), is_apart=True)


def project_root() -> Path:
    """Return the checkout that this module is part of."""
    return Path(__file__).resolve().parents[3]


class Casting:
    """Which release each execution environment of a schedule runs: a draw by name.

    Attributes:
        environments: How many have run the release of each checkout.
    """

    def __init__(self, chance: Chance, roots: Sequence[Path]) -> None:
        self._chance = chance
        self._roots = roots
        self.environments: Counter[str] = Counter()

    def release_for(self, environment: str) -> Release:
        """Return the release that an environment of this name runs."""
        root = self._chance.pick(f"release/{environment}", self._roots)
        self.environments[str(root)] += 1
        return release_at(root)


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


@contextmanager
def _apart(path: Path) -> Iterator[None]:
    """Import `headrace` from another folder, and give today's modules back after."""
    kept = {name: sys.modules.pop(name) for name in _ours(sys.modules)}
    sys.path.insert(0, str(path))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(path))
        for name in _ours(sys.modules):
            del sys.modules[name]
        sys.modules.update(kept)
        importlib.invalidate_caches()


def _ours(modules: Mapping[str, object]) -> list[str]:
    return [name for name in modules if name.partition(".")[0] == "headrace"]
