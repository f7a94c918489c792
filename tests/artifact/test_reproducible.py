"""The same sources make the same bytes, on any machine and without a network."""

from __future__ import annotations

import subprocess

import pytest

from built_artifact import ROOT, SOURCES, build_with_make, run_make
from headrace_local.artifact import digest_of

NO_NETWORK = {
    # The discard port: nothing listens there.
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_RETRIES": "0",
    "PIP_CONFIG_FILE": "/dev/null",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
}
ANOTHER_MACHINE = {"PYTHONHASHSEED": "7", "TZ": "Pacific/Chatham", "LC_ALL": "C"}


@pytest.fixture(scope="module")
def built_again(artifact, tmp_path_factory):
    """Built by other means, elsewhere, with another umask, offline."""
    return build_with_make(
        artifact.build / "template.yaml",
        tmp_path_factory.mktemp("elsewhere"),
        NO_NETWORK | ANOTHER_MACHINE,
    )


def test_every_layer_and_function_is_built_again_here(artifact):
    assert set(artifact.names()) == set(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_a_build_elsewhere_and_offline_has_the_same_sha_256(zips, built_again, name):
    assert digest_of(built_again.zipped(name)) == digest_of(zips[name])


def test_without_kept_wheels_the_dependencies_do_need_a_network(tmp_path):
    folder = ROOT / "layers" / "dependencies"
    elsewhere = NO_NETWORK | {"XDG_CACHE_HOME": str(tmp_path), "PIP_NO_CACHE_DIR": "1"}
    with pytest.raises(subprocess.CalledProcessError, match="exit status 2"):
        run_make(folder, folder, "DependenciesLayer", tmp_path / "target", elsewhere)
