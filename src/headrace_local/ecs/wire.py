"""Reads requests as botocore's own ECS model types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, StructureShape

if TYPE_CHECKING:
    from botocore.model import Shape

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float),
}


class SerializationError(ValueError):
    """A request that is no JSON object of the operation's input shape."""


def ecs_model() -> ServiceModel:
    """Return botocore's model of ECS."""
    return ServiceModel(Loader().load_service_model("ecs", "service-2"), "ecs")


class RequestTypes:
    """The input shapes of some operations.

    Args:
        operations: Which.
    """

    def __init__(self, operations: tuple[str, ...]) -> None:
        model = ecs_model()
        self._shapes = {
            name: model.operation_model(name).input_shape for name in operations
        }

    def read(self, operation: str, body: bytes) -> dict[str, Any]:
        """Return the request in a body. Members unknown to the model are let pass.

        Raises:
            SerializationError: When the body is no JSON, or a member has another type.
        """
        try:
            request = json.loads(body or b"{}")
        except ValueError as error:
            raise SerializationError(f"the body is no JSON: {error}") from error
        shape = self._shapes[operation]
        if shape is not None:
            _check(request, shape, operation)
        without_nulls: dict[str, Any] = {
            key: value for key, value in request.items() if value is not None
        }
        return without_nulls


def _check(value: Any, shape: Shape, where: str) -> None:  # noqa: ANN401 - wire data
    if value is None:
        return
    if isinstance(shape, StructureShape):
        _expect(value, (dict,), where)
        for name, member in shape.members.items():
            _check(value.get(name), member, f"{where}.{name}")
    elif isinstance(shape, ListShape):
        _expect(value, (list,), where)
        for index, each in enumerate(value):
            _check(each, shape.member, f"{where}[{index}]")
    elif isinstance(shape, MapShape):
        _expect(value, (dict,), where)
    else:
        _expect(value, _PYTHON_TYPES.get(shape.type_name, (object,)), where)


def _expect(value: object, types: tuple[type, ...], where: str) -> None:
    is_flag = isinstance(value, bool) and bool not in types and object not in types
    if not isinstance(value, types) or is_flag:
        wanted = " or ".join(each.__name__ for each in types)
        raise SerializationError(f"{where}: expected {wanted}, not {value!r:.60}")
