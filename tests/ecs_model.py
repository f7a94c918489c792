"""Holds answers against botocore's ECS model, member by member, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, StructureShape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import Shape

MODEL = ServiceModel(Loader().load_service_model("ecs", "service-2"), "ecs")

# What events carry beside the members of Task: the developer guide's "Amazon ECS task
# state change events" shows it, and the model has no shape for it.
EVENT_ONLY = {"updatedAt"}

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float),
}


def differences(value: Any, shape: Shape | None, where: str) -> Iterator[str]:
    """Yield what of an answer on the wire the model does not know, or types otherwise.

    Enumerations count too: a value that the model does not list is a difference.
    """
    if shape is None:
        yield f"{where}: the model has no shape"
    elif isinstance(shape, StructureShape):
        yield from _structure(value, shape, where)
    elif isinstance(shape, ListShape):
        for index, each in enumerate(value):
            yield from differences(each, shape.member, f"{where}[{index}]")
    elif isinstance(shape, MapShape):
        for key, each in value.items():
            yield from differences(each, shape.value, f"{where}.{key}")
    elif not _is_typed(value, shape.type_name):
        yield f"{where}: {value!r} is no {shape.type_name}"
    elif shape.metadata.get("enum") and value not in shape.metadata["enum"]:
        yield f"{where}: {value!r} is none of {shape.metadata['enum']}"


def answer_differences(operation: str, answer: Mapping[str, Any]) -> list[str]:
    """Return what of an operation's answer on the wire differs from the model."""
    shape = MODEL.operation_model(operation).output_shape
    return list(differences(answer, shape, operation))


def error_differences(operation: str, answer: Mapping[str, Any]) -> list[str]:
    """Return what of an error on the wire differs from the operation's model."""
    members = {key: each for key, each in answer.items() if key != "__type"}
    known = {each.name: each for each in MODEL.operation_model(operation).error_shapes}
    if answer["__type"] not in known:
        return [f"{operation} has no error {answer['__type']}"]
    return list(differences(members, known[answer["__type"]], answer["__type"]))


def event_differences(event: Mapping[str, Any]) -> list[str]:
    """Return what of an event's detail differs from the model's Task.

    An event writes moments as text where the API has numbers.
    """
    task = MODEL.shape_for("Task")
    assert isinstance(task, StructureShape)
    moments = {
        name for name, each in task.members.items() if each.type_name == "timestamp"
    }
    found = []
    plain = {}
    for key, value in event["detail"].items():
        if key in moments | EVENT_ONLY:
            if not (isinstance(value, str) and value.endswith("Z")):
                found.append(f"{key}: {value!r} is no moment")
        else:
            plain[key] = value
    return found + list(differences(plain, task, "detail"))


def _structure(value: Any, shape: StructureShape, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is no object"
        return
    for key, each in value.items():
        if key in shape.members:
            yield from differences(each, shape.members[key], f"{where}.{key}")
        else:
            yield f"{where}.{key}: unknown to the model"


def _is_typed(value: object, type_name: str) -> bool:
    types = _TYPES[type_name]
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))
