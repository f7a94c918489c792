"""What any template of Headrace's must keep to, as rules with names.

A rule is a function from a `View` to findings; its name is what it demands. Those here
are applied to template.yaml, and to copies of it with one fault each.
"""

from __future__ import annotations

from template_rules import (
    access,
    alarms,
    buckets,
    deliveries,
    functions,
    keeping,
    queues,
)
from template_rules.finding import Finding, Rule
from template_rules.view import Properties, views

RULES: tuple[Rule, ...] = (
    queues.one_bad_message_does_not_bring_its_batch_back,
    queues.messages_stay_hidden_for_six_timeouts,
    queues.messages_that_keep_failing_are_kept,
    queues.dead_letters_are_kept_as_long_as_messages,
    queues.dead_letter_queues_say_whose_they_are,
    queues.queues_are_encrypted,
    queues.queues_are_not_used_without_tls,
    access.nobody_is_let_in_without_a_name,
    access.services_act_for_something_of_this_account,
    access.roles_are_trusted_to_one_service,
    access.each_function_has_a_role_of_its_own,
    access.permissions_name_what_they_allow,
    access.no_action_is_a_wildcard,
    access.no_permission_is_for_everything,
    access.only_some_roles_are_passed,
    access.roles_are_passed_to_tasks_only,
    access.tasks_start_on_one_cluster,
    access.no_task_starts_with_a_way_to_get_a_shell_in_it,
    deliveries.rules_deliver_to_queues,
    deliveries.rules_keep_what_they_cannot_deliver,
    deliveries.schedules_keep_missed_ticks,
    keeping.tables_can_be_restored,
    keeping.tables_outlive_the_stack_and_mistakes,
    keeping.tables_forget_by_themselves,
    keeping.logs_have_an_end,
    keeping.logs_go_where_they_have_an_end,
    keeping.no_secret_is_written_down,
    buckets.buckets_cannot_be_public,
    buckets.buckets_say_how_they_encrypt,
    buckets.buckets_are_not_used_without_tls,
    buckets.buckets_outlive_the_stack,
    buckets.buckets_forget_by_themselves,
    functions.runtime_and_architecture_are_pinned,
    functions.room_can_be_kept_for_functions,
    alarms.dead_letters_raise_an_alarm,
    alarms.waiting_messages_raise_an_alarm,
    alarms.functions_that_fail_or_are_throttled_raise_an_alarm,
    alarms.broken_promises_raise_an_alarm,
    alarms.silence_of_reconcile_raises_an_alarm,
)


def findings(template: Properties) -> set[Finding]:
    """All that the rules find in a template as written, whatever its conditions."""
    return {
        Finding(rule.__name__, where, says)
        for view in views(template)
        for rule in RULES
        for where, says in rule(view)
    }
