"""Snapshots of the tests' deployment, and AWS as far as an export asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from builders import a_placement
from client_world import a_deployment
from definition_builders import a_registered
from environments import an_environment
from headrace.settings import DispatchSettings
from headrace.windows import Profile
from headrace_client.snapshot import Limits, Snapshot

if TYPE_CHECKING:
    from headrace.definitions.definition import RegisteredDefinition
    from headrace.ports import Catalogue
    from headrace_client.deployment import Deployment

BUCKET_NAME = "headrace-parameters"
FUNCTION_NAME = "headrace-DispatchFunction-1ABC"


def a_snapshot(*definitions: RegisteredDefinition, **changes: Any) -> Snapshot:
    """Return a deployment of these definitions, the last of each name active."""
    definitions = definitions or (a_registered(),)
    fields: dict[str, Any] = {
        "deployment": a_deployment(
            dispatch_function_name=FUNCTION_NAME, launches_per_second="2.5"
        ),
        "stack_name": "headrace",
        "parameter_bucket_name": BUCKET_NAME,
        "limits": Limits(
            launches_per_second=2.5,
            launch_burst=20,
            pinned_tenant=None,
            retention_days=35,
            profile=Profile.STANDARD,
        ),
        "placement": a_placement(),
        "untrusted_placement": None,
        "definitions": definitions,
        "active": {each.definition.name: each.version for each in definitions},
    }
    return Snapshot(**(fields | changes))


class AskedDeployment:
    """A connection, as far as an export uses one: dispatch's settings, a catalogue."""

    def __init__(self, catalogue: Catalogue, **variables: str) -> None:
        self.deployment: Deployment = a_deployment(dispatch_function_name=FUNCTION_NAME)
        self.variables = an_environment(DispatchSettings) | variables
        self.clients = self
        self._catalogue = catalogue

    def catalogue(self) -> Catalogue:
        return self._catalogue

    def endpoint(self, _service: str) -> None:
        return None

    def of(self, service: str) -> AskedDeployment:
        assert service == "lambda"
        return self

    def get_function_configuration(self, **request: str) -> dict[str, Any]:
        assert request == {"FunctionName": FUNCTION_NAME}
        return {"Environment": {"Variables": self.variables}}
