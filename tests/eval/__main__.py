"""`make eval`: every section's table, and an exit code of 1 with a sentence for each promise that is not kept.

What cannot be measured, because its labelled data is not there, is no promise kept: 69 then.
"""

from __future__ import annotations

import sys

from tests.eval import attribution, language, origins, stories, text
from tests.labelled import NOT_HERE, NotHereError

SECTIONS = {
    "language": language.report,
    "stories": stories.report,
    "text": text.report,
    "attribution": attribution.report,
    "origins": origins.report,
}


def main(names: list[str]) -> int:
    """Measure these sections, all if none is named; the exit code."""
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        print(f"there is no section {unknown[0]}; there are {', '.join(SECTIONS)}", file=sys.stderr)
        return 2
    shortfalls, missing = [], []
    for name in names or SECTIONS:
        try:
            shortfalls += SECTIONS[name]()
        except NotHereError as error:
            missing.append(f"{name}: {error}")
    for sentence in (*shortfalls, *missing):
        print(sentence, file=sys.stderr)
    if shortfalls:
        return 1
    return NOT_HERE if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
