"""A page whose commands do not go as printed is found out."""

from __future__ import annotations

import pytest

from transcripts import Reader

JOB, ACTUAL, ELSE = "a" * 26, "c" * 26, "d" * 26


def follow(page, folder):
    Reader(folder, {}).follow(page)


def transcript(*lines):
    return "\n".join(["```console", *lines, "```", ""])


TRUE = {
    "what is printed": ("$ echo one; echo two", "one", "two"),
    "nothing shown": ("$ echo one",),
    "a gap": ("$ seq 5", "1", "...", "4", "5"),
    "a gap for nothing": ("$ seq 2", "1", "...", "2"),
    "a gap at the end": ("$ seq 5", "1", "..."),
    "other times and ages": ("$ echo 10:00:01 after 3.5 s", "23:59:59 after 12 s"),
    "a wider column": ("$ printf 'a   b\\n ───── \\n'", "a b", " ── "),
    "a command of two lines": ("$ echo one \\", "  two", "one two"),
    "an exit code": ("$ false # exit code 1",),
    "a job of its own": (f"$ echo {ACTUAL}", JOB, f"$ echo {JOB}", JOB),
}
UNTRUE = {
    "another line": ("$ echo one", "two"),
    "a line too few": ("$ seq 3", "1", "2"),
    "a line too many": ("$ seq 2", "1", "2", "3"),
    "a line that is not after the gap": ("$ seq 5", "1", "...", "7"),
    "an exit code of 1": ("$ false",),
    "an exit code of 0": ("$ true # exit code 1",),
    "another job": (f"$ echo {ACTUAL}", JOB, f"$ echo {ELSE}", JOB),
    "no time": ("$ echo 10:00", "10:00:00"),
}


@pytest.mark.parametrize("lines", TRUE.values(), ids=TRUE)
def test_a_true_page_passes(lines, tmp_path):
    follow(transcript(*lines), tmp_path)


@pytest.mark.parametrize("lines", UNTRUE.values(), ids=UNTRUE)
def test_an_untrue_page_fails(lines, tmp_path):
    with pytest.raises(AssertionError, match=r"\$ "):
        follow(transcript(*lines), tmp_path)


def test_a_block_is_saved_under_the_name_before_it(tmp_path):
    page = "Save this as `jobs/a.yaml`:\n\n```yaml\nname: a\n```\n\n" + transcript(
        "$ cat jobs/a.yaml", "name: a"
    )

    follow(page, tmp_path)
