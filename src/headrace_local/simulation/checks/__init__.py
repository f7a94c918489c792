"""The invariants, one module each, by the names that the guarantees have for them."""

from __future__ import annotations

from headrace_local.simulation.checks.accounted_for import AccountedFor
from headrace_local.simulation.checks.bounded_work import BoundedWork
from headrace_local.simulation.checks.check import Check, Sent, Violation, Write
from headrace_local.simulation.checks.every_change_is_told import EveryChangeIsTold
from headrace_local.simulation.checks.guarded_writes import GuardedWrites
from headrace_local.simulation.checks.liveness import Liveness
from headrace_local.simulation.checks.lost_means_unknown import LostMeansUnknown
from headrace_local.simulation.checks.no_secret_kept import NoSecretKept
from headrace_local.simulation.checks.numbers_rise import NumbersRise
from headrace_local.simulation.checks.one_live_task import OneLiveTask
from headrace_local.simulation.checks.one_task_per_launch import OneTaskPerLaunch
from headrace_local.simulation.checks.only_known_trouble import OnlyKnownTrouble
from headrace_local.simulation.checks.only_what_is_allowed import OnlyWhatIsAllowed
from headrace_local.simulation.checks.own_task_only import OwnTaskOnly
from headrace_local.simulation.checks.parameters_are_there import ParametersAreThere
from headrace_local.simulation.checks.success_is_seen import SuccessIsSeen
from headrace_local.simulation.checks.tenants_apart import TenantsApart
from headrace_local.simulation.checks.terminal_is_final import TerminalIsFinal
from headrace_local.simulation.checks.timer_is_set import TimerIsSet
from headrace_local.simulation.checks.tokens_are_answered import TokensAreAnswered
from headrace_local.simulation.checks.versions_rise import VersionsRise

CHECKS: tuple[type[Check], ...] = (
    OneLiveTask,
    OneTaskPerLaunch,
    TerminalIsFinal,
    SuccessIsSeen,
    NumbersRise,
    TimerIsSet,
    AccountedFor,
    VersionsRise,
    BoundedWork,
    LostMeansUnknown,
    GuardedWrites,
    NoSecretKept,
    OnlyWhatIsAllowed,
    TenantsApart,
    OwnTaskOnly,
    ParametersAreThere,
    EveryChangeIsTold,
    TokensAreAnswered,
    Liveness,
    OnlyKnownTrouble,
)
"""I1 to I18 in their order, then P5 and E1."""

__all__ = ["CHECKS", "Check", "Sent", "Violation", "Write"]
