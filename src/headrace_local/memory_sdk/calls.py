"""How a client's methods are called: by keyword, and one at a time."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol

from headrace_local.memory_sdk.service_errors import Refused, check_parameters

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

    type Method[Client] = Callable[[Client, dict[str, Any]], dict[str, Any]]


class Locked(Protocol):
    """A client whose calls are made one after the other."""

    _lock: RLock


def api_call[Client: Locked](
    operation: str, required: str, optional: str = ""
) -> Callable[[Method[Client]], Callable[..., dict[str, Any]]]:
    """Return what makes a method of one request a method of an SDK client.

    Args:
        operation: As AWS names it, for errors.
        required: The parameters that must be given, parted by spaces.
        optional: Those that may be.
    """
    must, may = frozenset(required.split()), frozenset(optional.split())

    def made(method: Method[Client]) -> Callable[..., dict[str, Any]]:
        @wraps(method)
        def called(self: Client, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - AWS's shapes
            check_parameters(request, must, may)
            with self._lock:
                try:
                    return method(self, request)
                except Refused as refused:
                    raise refused.told(operation) from None

        return called

    return made
