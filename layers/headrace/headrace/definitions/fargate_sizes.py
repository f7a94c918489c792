"""The sizes that Fargate sells.

Source: Amazon ECS Developer Guide, "Fargate task definition considerations: task CPU
and memory"; `EphemeralStorage` in the Amazon ECS API Reference.
"""

from __future__ import annotations

from headrace import limits

_GIB = 1024

MEMORY_BY_CPU: dict[int, range | tuple[int, ...]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: range(1 * _GIB, 4 * _GIB + 1, _GIB),
    1024: range(2 * _GIB, 8 * _GIB + 1, _GIB),
    2048: range(4 * _GIB, 16 * _GIB + 1, _GIB),
    4096: range(8 * _GIB, 30 * _GIB + 1, _GIB),
    8192: range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB),
    16384: range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB),
}
"""Legal memory (MiB) for each legal cpu (units)."""


def check_pair(cpu: int, memory: int) -> str | None:
    """Return what a Fargate pair would have to meet, or None when it is legal."""
    sizes = MEMORY_BY_CPU.get(cpu)
    if sizes is None:
        return f"a Fargate cpu: one of {', '.join(map(str, MEMORY_BY_CPU))}"
    if memory in sizes:
        return None
    if isinstance(sizes, range):
        legal = f"{sizes[0]} to {sizes[-1]} in steps of {sizes.step}"
    else:
        legal = f"one of {', '.join(map(str, sizes))}"
    return f"a Fargate memory for cpu {cpu}: {legal}"


def is_ephemeral_storage(gib: int) -> bool:
    """Tell whether Fargate sells ephemeral storage of this size."""
    return limits.EPHEMERAL_STORAGE_GIB_MIN <= gib <= limits.EPHEMERAL_STORAGE_GIB_MAX
