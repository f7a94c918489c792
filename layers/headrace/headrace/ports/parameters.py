"""The port to the parameters that are too large for a job's record."""

from __future__ import annotations

from typing import Protocol

from headrace.launches.parameter_objects import ParameterObject


class ParameterStore(Protocol):
    """Objects that a job's container reads by their address."""

    def uri(self, key: str) -> str:
        """Return the address of an object: `s3://bucket/key`. It need not be there."""
        ...

    def keep(self, kept: ParameterObject) -> None:
        """Store an object; storing it again changes nothing but its age.

        Raises:
            ParametersBusy: It may not be there; a second try is safe.
        """
        ...

    def read(self, uri: str) -> bytes | None:
        """Return an object's content; None where it is not there any more.

        Raises:
            ParametersBusy: S3 did not answer.
        """
        ...
