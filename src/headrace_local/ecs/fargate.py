"""Which sizes Fargate has: the developer guide's table "Task CPU and memory"."""

from __future__ import annotations

from headrace_local.ecs.errors import client_error

GIB = 1024

# CPU units -> the memory sizes, in MiB, that go with them.
MEMORY_MIB_BY_CPU: dict[int, frozenset[int]] = {
    256: frozenset({512, 1 * GIB, 2 * GIB}),
    512: frozenset(range(1 * GIB, 4 * GIB + 1, GIB)),
    1024: frozenset(range(2 * GIB, 8 * GIB + 1, GIB)),
    2048: frozenset(range(4 * GIB, 16 * GIB + 1, GIB)),
    4096: frozenset(range(8 * GIB, 30 * GIB + 1, GIB)),
    8192: frozenset(range(16 * GIB, 60 * GIB + 1, 4 * GIB)),
    16384: frozenset(range(32 * GIB, 120 * GIB + 1, 8 * GIB)),
}


def check_size(cpu: int | None, memory_mib: int | None) -> None:
    """Check that Fargate has this size.

    Raises:
        EcsError: ``ClientException`` when it has not.
    """
    if cpu is None or memory_mib is None:
        raise client_error(
            "Fargate requires that 'cpu' and 'memory' be defined at the task level."
        )
    if memory_mib not in MEMORY_MIB_BY_CPU.get(cpu, frozenset()):
        raise client_error(
            f"No Fargate configuration exists for given values: {cpu} CPU, "
            f"{memory_mib} memory. See the Amazon ECS documentation for the valid "
            "values."
        )


def units(text: str | int | None) -> int | None:
    """Return CPU units or MiB from the API's string (``1024``, ``1 vCPU``, ``2GB``)."""
    if text is None or text == "":
        return None
    words = str(text).strip().lower().replace(" ", "")
    for suffix, factor in (("vcpu", 1024), ("gb", GIB)):
        if words.endswith(suffix):
            return int(float(words.removesuffix(suffix)) * factor)
    return int(words)
