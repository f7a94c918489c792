"""All mutants, by name.

That a lease is ignored is left out: it changes nothing that can be seen. The revision
that every write is conditional on, and the token that every send shares, already let
one of two senders win; the lease only spares the second one its call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.simulation.mutants.of_announcing import OF_ANNOUNCING
from headrace_local.simulation.mutants.of_classes import OF_CLASSES
from headrace_local.simulation.mutants.of_launches import OF_LAUNCHES
from headrace_local.simulation.mutants.of_records import OF_RECORDS
from headrace_local.simulation.mutants.of_the_past import OF_THE_PAST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.simulation.mutants.mutant import Mutant

MUTANTS: Mapping[str, Mutant] = {
    mutant.name: mutant
    for mutant in (
        *OF_ANNOUNCING,
        *OF_CLASSES,
        *OF_LAUNCHES,
        *OF_RECORDS,
        *OF_THE_PAST,
    )
}
