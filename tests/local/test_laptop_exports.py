"""Where `headrace local up` writes the lines that other shells source."""

from __future__ import annotations

import pytest

from headrace_local.cli import check_writable
from headrace_local.problems import LaptopRunError


def test_a_file_that_cannot_be_written_is_refused_before_anything_starts(tmp_path):
    with pytest.raises(LaptopRunError, match="nowhere"):
        check_writable(tmp_path / "nowhere" / "exports")


def test_looking_whether_a_file_can_be_written_leaves_none(tmp_path):
    check_writable(tmp_path / "exports")

    assert list(tmp_path.iterdir()) == []


def test_the_exports_of_another_run_are_not_touched(tmp_path):
    (tmp_path / "exports").write_text("export A=1\n")

    check_writable(tmp_path / "exports")

    assert (tmp_path / "exports").read_text() == "export A=1\n"
