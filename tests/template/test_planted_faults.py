"""Each rule finds what it is there for: a fault planted into a copy of the template."""

from __future__ import annotations

import copy

import pytest

from expanded_template import source
from template_faults import FAULTS
from template_rules import RULES, findings


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_by_its_rule_and_by_no_other(name):
    fault = FAULTS[name]
    template = copy.deepcopy(source())
    fault.plant(template)
    found = findings(template)
    assert {finding.rule for finding in found} == {fault.rule}
    assert fault.where in {finding.where for finding in found}


def test_every_rule_has_a_fault_that_it_finds():
    rules = {rule.__name__ for rule in RULES}
    assert {fault.rule for fault in FAULTS.values()} == rules
