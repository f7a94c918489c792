"""`ParameterStore` in memory."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from headrace.errors import ParametersBusy, StoreBusy
from headrace_local.memory.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.launches.parameter_objects import ParameterObject


class MemoryParameters:
    """Objects in one dictionary. Threads may share it.

    Args:
        bucket_name: A part of every address.
        faults: Decides which calls fail.
    """

    def __init__(
        self, bucket_name: str = "headrace-parameters", faults: Faults | None = None
    ) -> None:
        self.faults = faults or Faults()
        self._bucket_name = bucket_name
        self._objects: dict[str, bytes] = {}
        self._lock = Lock()

    def uri(self, key: str) -> str:
        """See `ParameterStore`."""
        return f"s3://{self._bucket_name}/{key}"

    def keep(self, kept: ParameterObject) -> None:
        """See `ParameterStore`."""
        with self._around("keep"), self._lock:
            self._objects[self.uri(kept.key)] = kept.content

    def read(self, uri: str) -> bytes | None:
        """See `ParameterStore`."""
        with self._around("read"), self._lock:
            return self._objects.get(uri)

    def forget(self, uri: str) -> None:
        """Remove an object, as the bucket's lifecycle does."""
        with self._lock:
            del self._objects[uri]

    def uris(self) -> frozenset[str]:
        """Return the addresses of all objects."""
        with self._lock:
            return frozenset(self._objects)

    @contextmanager
    def _around(self, method: str) -> Iterator[None]:
        try:
            with self.faults.around(method):
                yield
        except StoreBusy as error:
            raise ParametersBusy(str(error)) from error
