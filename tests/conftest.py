"""What every test stands on: plain log lines, property tests that time nothing and keep no files, reports of failures that do not fail."""

import gc

import pytest
import structlog
from hypothesis import settings

settings.register_profile("dateline", deadline=None, database=None)
# For make test-unit, which is run after every change; make test takes the hundred examples that are usual.
settings.register_profile("quick", settings.get_profile("dateline"), max_examples=20)
settings.load_profile("dateline")

# The default renders tracebacks in colour with all locals, which takes longer than the tests.
structlog.configure(
    processors=[structlog.stdlib.add_log_level, structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport():
    """No garbage is collected while a failure is put in words.

    A report parses the test's source, and so does an object that complains, as it is collected, that nobody closed it. Python 3.11
    answers a parse within a parse with a SystemError, which would take the place of the failure and end the run.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
