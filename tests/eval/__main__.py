"""`make eval`: every section's table, and an exit code of 1 with a sentence for each promise that is not kept."""

from __future__ import annotations

import sys

from tests.eval import attribution, language, origins, stories, text

SECTIONS = {
    "language": language.report,
    "stories": stories.report,
    "text": text.report,
    "attribution": attribution.report,
    "origins": origins.report,
}

shortfalls = [sentence for name in (sys.argv[1:] or SECTIONS) for sentence in SECTIONS[name]()]
for sentence in shortfalls:
    print(sentence, file=sys.stderr)
sys.exit(1 if shortfalls else 0)
