"""Explores every state of one small job under the product's own stages and table.

Not part of the product: it tells people whether the product's promises can be broken.
"""

from __future__ import annotations

from headrace_local.exploration.explore import Result, explore
from headrace_local.exploration.tables import PLANTS, Plant

__all__ = ["PLANTS", "Plant", "Result", "explore"]
