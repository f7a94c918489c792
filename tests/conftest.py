"""What every test may rely on: no AWS settings, no sockets, known hypothesis profiles.

Folders whose tests talk to servers on this machine say so in a conftest of their own.
"""

from __future__ import annotations

import os

import hypothesis
import pytest

# At import, so that no module can read them first: a developer's own account is not
# what tests are for.
for _name in list(os.environ):
    if _name.startswith(("AWS_", "HEADRACE_", "POWERTOOLS_")):
        del os.environ[_name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["AWS_CONFIG_FILE"] = os.devnull
os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

# No deadlines: two cores shared with other tests say nothing about our speed.
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=5000)
hypothesis.settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "default")
)

# One worker each, so that what a file starts is started once; all that brings up the
# whole pipeline shares a worker, because two pipelines at once time each other out; and
# so does all that needs the artifact, because it is built once.
_ONE_WORKER_FOR_ALL = ("artifact", "pipeline")
_ONE_WORKER_EACH = ("client", "contracts", "local", "template")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Keep tests that share expensive fixtures in one pytest-xdist worker."""
    tests = config.rootpath / "tests"
    for item in items:
        folder = item.path.relative_to(tests).parts[0]
        if folder in _ONE_WORKER_FOR_ALL:
            item.add_marker(pytest.mark.xdist_group(folder))
        elif folder in _ONE_WORKER_EACH:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))
