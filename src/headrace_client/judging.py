"""Judging a submission before it is sent, by the code that will judge it then.

A courtesy, not a guard: who may not read definitions sends without it, and dispatch
decides in any case.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from headrace.definitions.admission import admit
from headrace.errors import InvalidRequest
from headrace.requests.request import unknown_job, unknown_job_version
from headrace_client.aws_problems import speaking_to_aws
from headrace_client.errors import ClientError, NotAllowedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace.definitions.definition import RegisteredDefinition
    from headrace.ports import Catalogue
    from headrace.requests.request import SubmitRequest

KEPT_SECONDS = 60.0
"""How long the active version of a name is taken for the active one."""

FRESH_SECONDS = 1.0
"""What was read within this time is not read again before a refusal."""


class Judge:
    """Admits submissions to the registered definitions, as far as it may read them.

    Args:
        catalogue: The definitions, in a table or in a snapshot.
        now: The clock.
        endpoint: Where the table is, for error messages; None is AWS.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        now: Callable[[], datetime],
        endpoint: str | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._now = now
        self._endpoint = endpoint
        self._active: dict[str, tuple[datetime, RegisteredDefinition | None]] = {}
        self._unable: ClientError | None = None
        self._unable_until: datetime | None = None

    @property
    def unable(self) -> ClientError | None:
        """Why submissions pass unjudged; None while they are judged.

        A missing permission stays missing, so it costs one call in all. After any
        other trouble the definitions are asked for again a minute later.
        """
        if self._unable_until is not None and self._now() >= self._unable_until:
            self._unable = self._unable_until = None
        return self._unable

    def judge(self, request: SubmitRequest) -> None:
        """Check a submission against the definition that it names, if that can be read.

        No refusal is made of an old copy: the definition is then read again.

        Raises:
            InvalidRequest: Dispatch would reject it.
        """
        if self.unable is not None:
            return
        try:
            try:
                self._admit(request, kept_seconds=KEPT_SECONDS)
            except InvalidRequest:
                self._admit(request, kept_seconds=FRESH_SECONDS)
        except ClientError as error:
            self._unable = error
            if not isinstance(error, NotAllowedError):
                self._unable_until = self._now() + timedelta(seconds=KEPT_SECONDS)

    def _admit(self, request: SubmitRequest, *, kept_seconds: float) -> None:
        name, version = request.job_name, request.job_version
        if version is None:
            registered = self._active_of(name, kept_seconds)
        else:
            with speaking_to_aws("read the job definition", endpoint=self._endpoint):
                registered = self._catalogue.version(name, version)
            if registered is None and self._active_of(name, kept_seconds) is not None:
                raise unknown_job_version(request)
        if registered is None:
            raise unknown_job(request)
        admit(request, registered, now=self._now())

    def _active_of(self, name: str, kept_seconds: float) -> RegisteredDefinition | None:
        read_at, registered = self._active.get(name, (None, None))
        now = self._now()
        if read_at is None or now - read_at > timedelta(seconds=kept_seconds):
            with speaking_to_aws("read the job definition", endpoint=self._endpoint):
                registered = self._catalogue.active([name]).get(name)
            self._active[name] = (now, registered)
        return registered
