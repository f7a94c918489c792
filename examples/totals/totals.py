from __future__ import annotations

from dataclasses import dataclass

import headrace_job


@dataclass
class Totals:
    rows: list[int]
    unit: str = ""


def main() -> None:
    wanted = headrace_job.parameters(Totals)
    if not wanted.rows:
        headrace_job.try_later("no rows yet")
    print(f"total {sum(wanted.rows)} {wanted.unit}".strip())


main()
