"""The CloudFormation template: read, and packaged with built code."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import yaml

from headrace_local.problems import BrokenTemplateError, NotInstalledError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from headrace_local.build import Archive, Builder

Template = dict[str, Any]
FUNCTION = "AWS::Serverless::Function"
LAYER = "AWS::Serverless::LayerVersion"
TASK_DEFINITION = "AWS::ECS::TaskDefinition"
CODE_PROPERTY = {FUNCTION: "CodeUri", LAYER: "ContentUri"}


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms (`!Ref`), as their long forms."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    return {name: value}


_Loader.add_multi_constructor("!", _short_form)


def read_template(path: Path) -> Template:
    """Read a template.

    Raises:
        BrokenTemplateError: there is none, or it is not YAML with resources.
    """
    try:
        # A SafeLoader, with constructors that make plain dicts.
        template = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506
    except OSError as error:
        raise BrokenTemplateError(
            f"The template {path} cannot be read.",
            why=f"{error.strerror}.",
            advice="Run in the project's folder, or name it with --project.",
        ) from error
    except yaml.YAMLError as error:
        raise BrokenTemplateError(
            f"The template {path} is not YAML.",
            why=_where_and_what(error),
            advice="Correct it; `sam validate --lint` finds more.",
        ) from error
    if not isinstance(template, dict) or not isinstance(
        template.get("Resources"), dict
    ):
        raise BrokenTemplateError(
            f"The template {path} has no resources.",
            why="It needs a section Resources with at least one resource.",
            advice="Is it the right file?",
        )
    return template


def _where_and_what(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"Line {error.problem_mark.line + 1}: {error.problem}."
    return " ".join(str(error).split())


def check_references(template: Template) -> None:
    """Raise BrokenTemplateError if a `Ref` names nothing; the emulator would not."""
    declared = {*template["Resources"], *(template.get("Parameters") or {})}
    unknown = sorted(
        {name for name in _references(template) if not name.startswith("AWS::")}
        - declared
    )
    if unknown:
        raise BrokenTemplateError(
            "The template refers to what it does not declare.",
            why=f"No resource or parameter is called {', '.join(unknown)}.",
            advice="Correct template.yaml; `sam validate --lint` finds more.",
        )


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        name = value.get("Ref")
        if len(value) == 1 and isinstance(name, str):
            yield name
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def check_runtime(template: Template) -> None:
    """Raise NotInstalledError unless this Python is the functions' own version.

    Functions run on the interpreter that runs this, whatever the template says.
    """
    wanted = template.get("Globals", {}).get("Function", {}).get("Runtime")
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if wanted is not None and wanted != here:
        raise NotInstalledError(
            f"The functions run on {wanted}, and this is {here}.",
            why=f"{sys.executable} would run them, and builds their dependencies.",
            advice=f"Install Headrace with {wanted} and start again.",
        )


def parameters_of(template: Template, wanted: dict[str, str]) -> list[dict[str, str]]:
    """Return those of the wanted parameters that the template declares."""
    declared = template.get("Parameters") or {}
    return [
        {"ParameterKey": name, "ParameterValue": value}
        for name, value in wanted.items()
        if name in declared
    ]


def sources_of(template: Template, project: Path) -> dict[str, Path]:
    """Return the source folder of each function and layer, by logical id."""
    sources = {}
    for logical_id, resource in template["Resources"].items():
        code = CODE_PROPERTY.get(resource.get("Type", ""))
        if code is not None:
            sources[logical_id] = project / resource.get("Properties", {}).get(code, "")
    return sources


def package(
    template: Template,
    *,
    project: Path,
    builder: Builder,
    store: Callable[[Archive], str],
) -> Template:
    """Build all code, store it, and return the template with its addresses.

    Args:
        template: as read; it is not changed.
        project: the folder that the template's paths start from.
        builder: makes the zip files.
        store: puts one where CloudFormation finds it, and returns its URI.

    Raises:
        BuildFailedError: a source does not compile, or is missing.
    """
    resources = template["Resources"]

    def build_and_store(logical_id: str, folder: Path) -> tuple[str, str]:
        is_layer = resources[logical_id]["Type"] == LAYER
        build = builder.layer_in_place if is_layer else builder.function
        archive = build(folder)
        return logical_id, store(archive)

    sources = sources_of(template, project)
    with ThreadPoolExecutor(max_workers=4) as pool:
        addresses = dict(pool.map(build_and_store, sources.keys(), sources.values()))
    packaged = {name: _as_stored(each) for name, each in resources.items()}
    for logical_id, address in addresses.items():
        resource = packaged[logical_id]
        code = CODE_PROPERTY[resource["Type"]]
        properties = resource["Properties"] | {code: address}
        packaged[logical_id] = resource | {"Properties": properties}
    return template | {"Resources": packaged}


def _as_stored(resource: Template) -> Template:
    """Return a resource as the emulator must get it to store what AWS would.

    ministack spells a container's fields as ECS does, and not what is inside
    `LinuxParameters`, so that nobody could read it back.
    """
    if resource.get("Type") != TASK_DEFINITION:
        return resource
    properties = resource["Properties"]
    containers = [
        each | {"LinuxParameters": _spelled_as_ecs(each["LinuxParameters"])}
        if "LinuxParameters" in each
        else each
        for each in properties["ContainerDefinitions"]
    ]
    return resource | {"Properties": properties | {"ContainerDefinitions": containers}}


def _spelled_as_ecs(value: object) -> object:
    if isinstance(value, dict):
        return {
            key[:1].lower() + key[1:]: _spelled_as_ecs(each)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_spelled_as_ecs(each) for each in value]
    return value
