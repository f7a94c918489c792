"""Texts of others on a terminal: no markup, and no characters that command it.

What ECS, a publisher or a job wrote may hold anything: square brackets, which rich
would read as markup, or escape sequences, which a terminal would obey.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from rich.table import Table

_KEPT = frozenset("\t\n")
_CONTROLS = {
    code: f"\\x{code:02x}"
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if chr(code) not in _KEPT
}


def without_controls(text: str) -> str:
    """Return a text whose control characters are written out as numbers."""
    return text.translate(_CONTROLS)


def add_plain_row(table: Table, *cells: str | Text) -> None:
    """Add a row whose texts are shown as they are."""
    table.add_row(
        *(
            Text(without_controls(cell)) if isinstance(cell, str) else cell
            for cell in cells
        )
    )
