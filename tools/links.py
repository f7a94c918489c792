"""Checks that every relative link in the Markdown pages leads to a file and heading.

Links to other sites are not followed: they are not ours to keep.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1\s*$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_OUTSIDE = ("http://", "https://", "mailto:")


def main() -> int:
    """Name every link that leads nowhere."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    broken = [problem for page in sorted(pages) for problem in _problems(page)]
    for problem in broken:
        sys.stderr.write(f"{problem}\n")
    return 1 if broken else 0


def _problems(page: Path) -> list[str]:
    found: list[str] = []
    for target in _LINK.findall(_CODE.sub("", page.read_text())):
        if target.startswith(_OUTSIDE):
            continue
        path, _, heading = target.partition("#")
        linked = (page.parent / path) if path else page
        if not linked.exists():
            found.append(f"{page.relative_to(ROOT)}: no such file: {target}")
        elif heading and heading not in _anchors(linked):
            found.append(f"{page.relative_to(ROOT)}: no such heading: {target}")
    return found


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    text = re.sub(
        r"^(`{3,}).*?^\1\s*$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL
    )
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(text)
    }


if __name__ == "__main__":
    sys.exit(main())
