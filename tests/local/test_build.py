"""Layers and functions become zip files that a bare interpreter can import."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from headrace_local.build import SITE_LINE, Builder, check_syntax
from headrace_local.imports import check_imports
from headrace_local.problems import BuildFailedError


@pytest.fixture
def builder(tmp_path):
    return Builder(cache=tmp_path / "cache")


@pytest.fixture
def layer(tmp_path):
    folder = tmp_path / "layers" / "greeting"
    (folder / "greeting").mkdir(parents=True)
    (folder / "greeting" / "__init__.py").write_text('WORD = "hello"\n')
    (folder / "Makefile").write_text("build:\n")
    return folder


def imported_from(archive: Path, code: str, tmp_path: Path) -> str:
    """Run code by the interpreter without this environment, with a layer alone."""
    unpacked = tmp_path / "opt"
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(unpacked)
    interpreter = str(Path(sys.executable).resolve())
    program = f"import sys; sys.path.insert(0, {str(unpacked / 'python')!r}); {code}"
    result = subprocess.run(  # noqa: S603 - our own code
        [interpreter, "-I", "-S", "-c", program],
        check=True,
        capture_output=True,
        text=True,
    )
    return result.stdout.strip()


def test_a_layer_is_importable_from_its_zip_alone(builder, layer, tmp_path):
    archive = builder.layer(layer)

    code = "import greeting; print(greeting.WORD)"
    assert imported_from(archive.path, code, tmp_path) == "hello"


def test_a_layer_ships_bytecode_and_no_build_files(builder, layer):
    names = zipfile.ZipFile(builder.layer(layer).path).namelist()

    assert (
        f"python/greeting/__pycache__/__init__.{sys.implementation.cache_tag}.pyc"
        in names
    )
    assert not [name for name in names if "Makefile" in name]


def test_bytecode_is_used_although_unpacking_changes_times(builder, layer, tmp_path):
    archive = builder.layer(layer)

    # -v says where each module's code came from.
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(archive.path) as opened:
        opened.extractall(unpacked)
    result = subprocess.run(
        [sys.executable, "-v", "-S", "-c", "import greeting"],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(unpacked / "python")},
    )
    cached = f"__init__.{sys.implementation.cache_tag}.pyc"
    path = unpacked / "python" / "greeting" / "__pycache__" / cached
    assert f"code object from '{path}'" in result.stderr


def test_locked_dependencies_are_importable_from_the_layer_alone(
    builder, layer, tmp_path
):
    version = importlib.metadata.version("jmespath")
    (layer / "requirements.txt").write_text(f"jmespath=={version}\n")

    archive = builder.layer(layer)

    code = "import jmespath; print(jmespath.search('a', {'a': 1}), jmespath.__file__)"
    found, path = imported_from(archive.path, code, tmp_path).split()
    assert found == "1"
    assert path.startswith(str(tmp_path))


def test_a_layer_in_place_is_whole_for_who_reads_it_while_another_run_makes_it(
    builder, layer
):
    version = importlib.metadata.version("jmespath")
    (layer / "requirements.txt").write_text(f"jmespath=={version}\n")
    archive = builder.layer_in_place(layer)
    whole = archive.path.read_bytes()
    with ThreadPoolExecutor(1) as other_run:
        making = other_run.submit(
            lambda: [builder.layer_in_place(layer) for _ in range(100)]
        )
        while not making.done():
            assert archive.path.read_bytes() == whole


def test_a_layer_in_place_is_the_same_modules_with_next_to_nothing_to_unpack(
    builder, layer, tmp_path
):
    version = importlib.metadata.version("jmespath")
    (layer / "requirements.txt").write_text(f"jmespath=={version}\n")

    archive = builder.layer_in_place(layer)

    assert archive.path.stat().st_size < 1000
    site = f"{tmp_path}/opt/{Path(SITE_LINE).parent}"
    code = (
        f"import site; site.addsitedir({site!r}); import greeting, jmespath;"
        "print(greeting.WORD, greeting.__file__, jmespath.__file__)"
    )
    word, *paths = imported_from(archive.path, code, tmp_path).split()
    assert word == "hello"
    assert all(path.startswith(str(builder.cache)) for path in paths)


def test_a_layer_without_requirements_is_shipped_whole(builder, layer):
    assert builder.layer_in_place(layer) == builder.layer(layer)


def test_a_version_that_is_not_here_and_not_to_be_had_is_named(
    builder, layer, monkeypatch
):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    (layer / "requirements.txt").write_text("jmespath==0.0.1\n")

    with pytest.raises(BuildFailedError, match=r"jmespath==0\.0\.1") as raised:
        builder.layer(layer)
    assert str(layer / "requirements.txt") in raised.value.what


def test_unused_services_of_botocore_stay_out(builder, layer):
    version = importlib.metadata.version("botocore")
    (layer / "requirements.txt").write_text(f"botocore=={version}\n")
    (layer / "Makefile").write_text("SERVICES := dynamodb ecs\n")

    names = zipfile.ZipFile(builder.layer(layer).path).namelist()

    assert any(name.startswith("python/botocore/data/ecs/") for name in names)
    assert not any(name.startswith("python/botocore/data/ec2/") for name in names)
    assert "python/botocore/data/endpoints.json" in names


def test_the_same_sources_are_built_once_and_an_edit_is_built_anew(builder, layer):
    first = builder.layer(layer)
    made_at = first.path.stat().st_mtime_ns
    assert builder.layer(layer) == first
    assert first.path.stat().st_mtime_ns == made_at

    (layer / "greeting" / "__init__.py").write_text('WORD = "goodbye"\n')
    assert builder.layer(layer).digest != first.digest


def test_the_same_sources_make_the_same_bytes_elsewhere(layer, tmp_path):
    one = Builder(cache=tmp_path / "one").layer(layer)
    other = Builder(cache=tmp_path / "other").layer(layer)

    assert one.path.read_bytes() == other.path.read_bytes()


def test_old_builds_are_forgotten(builder, layer):
    for number in range(8):
        (layer / "greeting" / "__init__.py").write_text(f"WORD = {number}\n")
        builder.layer(layer)

    assert len(list(builder.cache.glob("*.zip"))) == 4


def test_a_syntax_error_is_reported_with_its_place(builder, layer):
    (layer / "greeting" / "broken.py").write_text("ok = 1\ndef :\n")

    with pytest.raises(BuildFailedError, match=r"broken\.py, line 2"):
        builder.layer(layer)
    with pytest.raises(BuildFailedError, match=r"broken\.py, line 2"):
        check_syntax(layer)
    assert list(builder.cache.glob("*.zip")) == []


def test_a_missing_source_folder_is_named(builder, tmp_path):
    with pytest.raises(BuildFailedError, match="nowhere"):
        builder.function(tmp_path / "nowhere")


def test_a_function_that_cannot_be_imported_is_reported_with_its_place(layer, tmp_path):
    function = tmp_path / "functions" / "greet"
    function.mkdir(parents=True)
    app = function / "app.py"
    app.write_text("from greeting import WORD\n")
    check_imports([function], [layer])

    app.write_text("from greeting import NO_SUCH_WORD\n")
    with pytest.raises(BuildFailedError, match="NO_SUCH_WORD") as raised:
        check_imports([function], [layer])
    assert "app.py" in raised.value.why
