"""template.yaml keeps to every rule, whichever of its conditions hold."""

from __future__ import annotations

import pytest

from expanded_template import source
from template_rules import RULES, views


@pytest.fixture(scope="module")
def seen():
    return views(source())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_template_keeps_to_the_rule(rule, seen):
    assert [finding for view in seen for finding in rule(view)] == []
