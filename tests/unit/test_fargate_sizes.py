from __future__ import annotations

import pytest

from headrace.definitions.fargate_sizes import check_pair, is_ephemeral_storage


@pytest.mark.parametrize(
    ("cpu", "memory"),
    [
        *((256, 512), (256, 2048), (512, 1024), (512, 4096), (1024, 8192)),
        *((2048, 16384), (4096, 30720), (8192, 16384), (8192, 61440)),
        *((16384, 32768), (16384, 122880)),
    ],
)
def test_a_pair_that_fargate_sells_is_legal(cpu: int, memory: int) -> None:
    assert check_pair(cpu, memory) is None


@pytest.mark.parametrize(
    ("cpu", "memory", "limit"),
    [
        (256, 1536, "for cpu 256: one of 512, 1024, 2048"),
        (512, 512, "for cpu 512: 1024 to 4096 in steps of 1024"),
        (8192, 17408, "for cpu 8192: 16384 to 61440 in steps of 4096"),
        (0, 512, "a Fargate cpu: one of 256, 512"),
        (300, 512, "a Fargate cpu: one of 256, 512"),
    ],
)
def test_a_pair_that_fargate_does_not_sell_is_told_what_is(
    cpu: int, memory: int, limit: str
) -> None:
    found = check_pair(cpu, memory)
    assert found is not None
    assert limit in found


def test_ephemeral_storage_is_21_to_200_gib() -> None:
    sizes = (20, 21, 200, 201)
    assert [is_ephemeral_storage(gib) for gib in sizes] == [False, True, True, False]
