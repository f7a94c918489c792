"""What RunTask refuses by its request alone, before anything is looked up.

Limits are those of the API's own documentation (API_RunTask, API_TaskOverride,
"Ensuring idempotency"); where AWS does not document its sentence, ours names the field,
the limit and the value.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from headrace_local.ecs.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

COUNT_MAX = 10
OVERRIDES_CHARACTERS_MAX = 8192
STARTED_BY_CHARACTERS_MAX = 128
CLIENT_TOKEN_CHARACTERS_MAX = 64
TAGS_MAX = 50
TAG_KEY_CHARACTERS_MAX = 128
TAG_VALUE_CHARACTERS_MAX = 256
PLACEMENT_CONSTRAINTS_MAX = 10
PLACEMENT_STRATEGIES_MAX = 5
STRATEGY_PROVIDERS_MAX = 20
STRATEGY_WEIGHT_MAX = 1000
STRATEGY_BASE_MAX = 100_000
SUBNETS_MAX = 16
SECURITY_GROUPS_MAX = 5

_STARTED_BY = re.compile(r"[A-Za-z0-9_/-]*")
_CLIENT_TOKEN = re.compile(r"[!-~]*")


def check_run_task(request: Mapping[str, Any]) -> None:
    """Check a RunTask request's own words.

    Raises:
        EcsError: ``InvalidParameterException`` at the first broken limit.
    """
    if not request.get("taskDefinition"):
        raise invalid("TaskDefinition can not be blank.")
    _check_count(request.get("count"))
    _check_started_by(request.get("startedBy"))
    _check_client_token(request.get("clientToken"))
    _check_overrides(request.get("overrides"))
    _check_tags(request.get("tags") or ())
    _check_length(request, "placementConstraints", PLACEMENT_CONSTRAINTS_MAX)
    _check_length(request, "placementStrategy", PLACEMENT_STRATEGIES_MAX)
    _check_strategy(request)
    _check_network(request.get("networkConfiguration"))
    if request.get("propagateTags") not in (None, "", "NONE", "TASK_DEFINITION"):
        raise invalid(
            "propagateTags must be TASK_DEFINITION or NONE for RunTask, not "
            f"{request['propagateTags']}."
        )
    _check_volumes(request)


def _check_count(count: object) -> None:
    if count is None:
        return
    is_integer = isinstance(count, int) and not isinstance(count, bool)
    if not is_integer or not 1 <= count <= COUNT_MAX:  # type: ignore[operator]  # is_integer narrows it
        raise invalid(f"count must be between 1 and {COUNT_MAX}, not {count}.")


def _check_started_by(started_by: str | None) -> None:
    if started_by is None:
        return
    if len(started_by) > STARTED_BY_CHARACTERS_MAX:
        raise invalid(
            f"startedBy must be at most {STARTED_BY_CHARACTERS_MAX} characters, not "
            f"{len(started_by)}."
        )
    if not _STARTED_BY.fullmatch(started_by):
        raise invalid(
            "startedBy may have letters, digits, hyphens, slashes and underscores only."
        )


def _check_client_token(token: str | None) -> None:
    if token is None:
        return
    if len(token) > CLIENT_TOKEN_CHARACTERS_MAX or not token:
        raise invalid(
            f"clientToken must have 1 to {CLIENT_TOKEN_CHARACTERS_MAX} characters, not "
            f"{len(token)}."
        )
    if not _CLIENT_TOKEN.fullmatch(token):
        raise invalid("clientToken must be ASCII characters in the range of 33-126.")


def overrides_length(overrides: Mapping[str, Any]) -> int:
    """Return how many characters ECS counts: those of the compact JSON."""
    return len(json.dumps(overrides, separators=(",", ":"), ensure_ascii=False))


def _check_overrides(overrides: Mapping[str, Any] | None) -> None:
    if not overrides:
        return
    if overrides_length(overrides) > OVERRIDES_CHARACTERS_MAX:
        raise invalid(
            f"Container Overrides length must be at most {OVERRIDES_CHARACTERS_MAX}"
        )
    for each in overrides.get("containerOverrides", ()):
        if not each.get("name"):
            raise invalid("Container override name can not be blank.")


def _check_tags(tags: object) -> None:
    if not isinstance(tags, (list, tuple)):
        raise invalid("tags must be a list.")
    if len(tags) > TAGS_MAX:
        raise invalid(f"The number of tags must be at most {TAGS_MAX}.")
    keys = [each.get("key", "") for each in tags]
    if len(set(keys)) != len(keys):
        raise invalid("Each tag key must be unique.")
    for each in tags:
        key, value = each.get("key", ""), each.get("value", "")
        if not 1 <= len(key) <= TAG_KEY_CHARACTERS_MAX:
            raise invalid(
                f"A tag key must have 1 to {TAG_KEY_CHARACTERS_MAX} characters."
            )
        if len(value) > TAG_VALUE_CHARACTERS_MAX:
            raise invalid(
                f"A tag value must have at most {TAG_VALUE_CHARACTERS_MAX} characters."
            )
        if key.lower().startswith("aws:"):
            raise invalid("A tag key must not begin with aws:.")


def _check_length(request: Mapping[str, Any], name: str, entries_max: int) -> None:
    if len(request.get(name) or ()) > entries_max:
        raise invalid(f"{name} must have at most {entries_max} entries.")


def _check_strategy(request: Mapping[str, Any]) -> None:
    strategy = request.get("capacityProviderStrategy") or ()
    if strategy and request.get("launchType"):
        raise invalid(
            "Specifying both a launch type and capacity provider strategy is not "
            "supported. Remove one and try again."
        )
    _check_length(request, "capacityProviderStrategy", STRATEGY_PROVIDERS_MAX)
    for each in strategy:
        if not each.get("capacityProvider"):
            raise invalid("Capacity provider name can not be blank.")
        if not 0 <= each.get("weight", 0) <= STRATEGY_WEIGHT_MAX:
            raise invalid(f"weight must be between 0 and {STRATEGY_WEIGHT_MAX}.")
        if not 0 <= each.get("base", 0) <= STRATEGY_BASE_MAX:
            raise invalid(f"base must be between 0 and {STRATEGY_BASE_MAX}.")
    if (
        strategy
        and not any(each.get("weight", 0) for each in strategy)
        and len(strategy) > 1
    ):
        raise invalid(
            "The specified capacity provider strategy must have at least one capacity "
            "provider with a weight above zero."
        )


def _check_network(network: Mapping[str, Any] | None) -> None:
    if not network:
        return
    vpc = network.get("awsvpcConfiguration")
    if vpc is None:
        return
    subnets, groups = vpc.get("subnets") or (), vpc.get("securityGroups") or ()
    if not 1 <= len(subnets) <= SUBNETS_MAX:
        raise invalid(f"subnets must have 1 to {SUBNETS_MAX} entries.")
    if len(groups) > SECURITY_GROUPS_MAX:
        raise invalid(
            f"securityGroups must have at most {SECURITY_GROUPS_MAX} entries."
        )


def _check_volumes(request: Mapping[str, Any]) -> None:
    for each in request.get("volumeConfigurations") or ():
        if not each.get("name"):
            raise invalid("volumeConfigurations name can not be blank.")
