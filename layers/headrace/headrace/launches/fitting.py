"""Where a job's parameters travel: in the task's overrides, or by way of S3. Pure.

Small ones are a variable of the container. Others are an object that dispatch writes
before it stores the job, and the container gets its address and checksum instead; the
record keeps those too, and of the parameters only what the command takes. So no later
launch has to read S3, and none can outgrow ECS's limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from headrace.definitions.admission import Admitted
from headrace.definitions.command import REFERENCE, references, rendered
from headrace.definitions.definition import RegisteredDefinition
from headrace.definitions.isolation import Isolation
from headrace.errors import InvalidRequest
from headrace.identity import canonical_json
from headrace.jobs.job import Job
from headrace.launches.launch import OVERRIDES_CHARACTERS_MAX, Placement
from headrace.launches.orders import order_for
from headrace.launches.parameter_objects import ParameterObject, object_for
from headrace.requests.rejection import field_path
from headrace.requests.request import SubmitRequest, overrides_too_large
from headrace.requests.spilling import spilled_to

INLINE_BYTES_MAX = 4096
"""Parameters with more bytes of canonical JSON go to S3, if the job may read it there.

They would cost the table more with every write of the record than S3 takes once.
"""

_ATTEMPT_MAX = 99
_LAUNCH_NUMBER_MAX = 99_999
"""The longest numbers an order may carry, so that no later one outgrows ECS."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A request as it is stored and launched.

    `to_keep` has to be in S3 before the job is stored; None where there is nothing.
    """

    request: SubmitRequest
    to_keep: ParameterObject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What decides where parameters travel.

    Attributes:
        job: The waiting job.
        registered: The definition that it runs by.
        terms: What definition and request allow together.
        placement: Any: overrides are the same wherever the job will run.
        retention_days: How long the record of an ended job is kept.
        uri_of: The address of an object, from its key.
    """

    job: Job
    registered: RegisteredDefinition
    terms: Admitted
    placement: Placement
    retention_days: int
    uri_of: Callable[[str], str]

    def fitted(self, request: SubmitRequest) -> Fitted:
        """Return the request with its parameters where every launch of it fits ECS.

        Raises:
            InvalidRequest: OVERRIDES_TOO_LARGE, with what is too large.
        """
        characters = self.characters(request)
        is_within = characters <= OVERRIDES_CHARACTERS_MAX
        content = request.parameters_json.encode()
        if is_within and len(content) <= INLINE_BYTES_MAX:
            return Fitted(request)
        if self.registered.resolved.task_role_arn is None:
            if is_within:
                return Fitted(request)
            raise _unreadable_from_s3(request, self.registered, characters)
        found = self._spilled(request, content)
        characters = self.characters(found.request)
        if characters > OVERRIDES_CHARACTERS_MAX:
            raise _command_too_large(found.request, self.registered, characters)
        return found

    def characters(self, request: SubmitRequest) -> int:
        """Return the size of the overrides of a launch with the longest numbers."""
        return order_for(
            replace(self.job, attempt=_ATTEMPT_MAX, launch_number=_LAUNCH_NUMBER_MAX),
            request=request,
            registered=self.registered,
            terms=self.terms,
            placement=self.placement,
        ).overrides_characters

    def _spilled(self, request: SubmitRequest, content: bytes) -> Fitted:
        to_keep = object_for(
            self.job,
            content,
            request=request,
            terms=self.terms,
            retention_days=self.retention_days,
        )
        spilled = spilled_to(
            request,
            uri=self.uri_of(to_keep.key),
            sha256=to_keep.sha256,
            size_bytes=len(content),
            taken=references(self.registered.definition.command or ()),
        )
        return Fitted(spilled, to_keep)


def _unreadable_from_s3(
    request: SubmitRequest, registered: RegisteredDefinition, characters: int
) -> InvalidRequest:
    """Make the rejection for parameters that only S3 could carry, and who cannot read.

    Without a task role a container has no credentials; an untrusted job has none by
    design.
    """
    if registered.definition.isolation is Isolation.UNTRUSTED:
        why = "the job is untrusted, so its container has no role to read them from S3"
        advice = "send fewer"
    else:
        why = (
            f"the task definition {registered.resolved.family} has no task role with"
            " which the container could read them from S3"
        )
        advice = "give it one, with JobParametersPolicy, and register the job again"
    return overrides_too_large(
        request,
        field="parameters",
        characters=characters,
        characters_max=OVERRIDES_CHARACTERS_MAX,
        message=(
            f"parameters: make {characters} characters of task overrides where ECS"
            f" takes {OVERRIDES_CHARACTERS_MAX}, and {why}; {advice}"
        ),
    )


def _command_too_large(
    request: SubmitRequest, registered: RegisteredDefinition, characters: int
) -> InvalidRequest:
    """Make the rejection for a command that is too long even without parameters."""
    definition = registered.definition
    command = definition.command or ()
    texts = rendered(command, request.parameters, definition.parameters)
    sizes = {
        argument: len(canonical_json(text))
        for argument, text in zip(command, texts, strict=True)
        if argument.startswith(REFERENCE)
    }
    field, about = "jobName", f"the command of {request.job_name}"
    if sizes:
        largest = max(sizes, key=lambda argument: sizes[argument])
        field = field_path(("parameters", largest.removeprefix(REFERENCE)))
        about = f"{about} takes it whole ({largest}, {sizes[largest]} characters)"
        about = f"{about}; let the job read it from its parameters instead"
    else:
        about = f"{about} is too long by itself"
    return overrides_too_large(
        request,
        field=field,
        characters=characters,
        characters_max=OVERRIDES_CHARACTERS_MAX,
        message=(
            f"{field}: makes {characters} characters of task overrides where ECS takes"
            f" {OVERRIDES_CHARACTERS_MAX}: {about}"
        ),
    )
