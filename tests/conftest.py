"""What every test stands on: plain log lines, and property tests that time nothing and keep no files."""

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
