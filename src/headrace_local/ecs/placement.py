"""Whether another task fits: the sum of what live tasks have reserved."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace_local.ecs.settings import Capacity

CPU = "RESOURCE:CPU"
MEMORY = "RESOURCE:MEMORY"


class Placement:
    """What live tasks have reserved of the capacity.

    Args:
        capacity: What there is; may be replaced while tasks run.
    """

    def __init__(self, capacity: Capacity) -> None:
        self.capacity = capacity
        self._reserved: dict[str, tuple[int, int]] = {}

    def reserve(self, arn: str, cpu_units: int, memory_mib: int) -> str | None:
        """Reserve for a task; return why it does not fit, or None."""
        cpu, memory = self.reserved()
        limits = self.capacity
        if limits.cpu_units_max is not None and cpu + cpu_units > limits.cpu_units_max:
            return CPU
        if (
            limits.memory_mib_max is not None
            and memory + memory_mib > limits.memory_mib_max
        ):
            return MEMORY
        self._reserved[arn] = (cpu_units, memory_mib)
        return None

    def release(self, arn: str) -> None:
        """Give back what a task reserved."""
        self._reserved.pop(arn, None)

    def shown(self) -> dict[str, int | None]:
        """Return the capacity and what of it is reserved, as the control path says."""
        cpu, memory = self.reserved()
        return {
            "cpuUnitsMax": self.capacity.cpu_units_max,
            "memoryMibMax": self.capacity.memory_mib_max,
            "cpuUnitsReserved": cpu,
            "memoryMibReserved": memory,
        }

    def reserved(self) -> tuple[int, int]:
        """Return the CPU units and MiB that live tasks hold."""
        values = self._reserved.values()
        return sum(cpu for cpu, _ in values), sum(memory for _, memory in values)
