"""Functions: what they run on, and the room they have."""

from __future__ import annotations

from template_rules.finding import Findings
from template_rules.view import View


def runtime_and_architecture_are_pinned(view: View) -> Findings:
    for function_id, function in view.of_type("AWS::Lambda::Function").items():
        if function.get("Runtime") != "python3.13":
            yield function_id, f"runs on {function.get('Runtime', 'any runtime')}"
        if function.get("Architectures") not in (["arm64"], ["x86_64"]):
            yield function_id, "does not say its architecture"
        if "Timeout" not in function:
            yield function_id, "does not say its timeout"


def room_can_be_kept_for_functions(view: View) -> Findings:
    for function_id, function in view.of_type("AWS::Lambda::Function").items():
        # On a condition only: a new account has none to reserve.
        if view.conditions_met and not function.get("ReservedConcurrentExecutions"):
            yield function_id, "can be crowded out by the rest of the account"
