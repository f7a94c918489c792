"""A registered definition as the YAML file that would register it again. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from headrace_client.yaml_documents import SCALAR_RESOLVERS

if TYPE_CHECKING:
    from headrace.definitions.definition import RegisteredDefinition

_WIDTH = 80


class _Dumper(yaml.SafeDumper):
    """Quotes whatever our reader, or one of YAML 1.1, would not take for text."""

    # A copy: PyYAML's own lists are shared by all of its dumpers.
    yaml_implicit_resolvers = {  # noqa: RUF012  # declared by PyYAML
        first: [*resolvers, *SCALAR_RESOLVERS.get(first, [])]
        for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401  # PyYAML's signature
        """Write every value out: our reader refuses anchors."""
        del data
        return True

    def increase_indent(
        self,
        flow: bool = False,  # noqa: FBT001, FBT002  # PyYAML's signature
        indentless: bool = False,  # noqa: FBT001, FBT002  # PyYAML's signature
    ) -> None:
        """Indent lists, as people write them."""
        del indentless
        super().increase_indent(flow, False)  # noqa: FBT003  # PyYAML's signature


def definition_text(registered: RegisteredDefinition) -> str:
    """Return a version as YAML; registering it again changes nothing but the revision.

    Fields that say no more than their absence does are left out. Comments say which
    version it is.
    """
    document = registered.definition.model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude_defaults=True
    )
    body = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH
    )
    return (
        f"# {registered.definition.name}, version {registered.version},"
        f" registered {registered.registered_at:%Y-%m-%d %H:%M:%S} UTC\n"
        f"# with {registered.resolved.arn}\n{body}"
    )
