"""Where the search starts: an invented feed of every format, with most of what it can say, in several encodings; and real feeds."""

from __future__ import annotations

from pathlib import Path

_TEXTS = {path.name: path.read_text() for path in sorted((Path(__file__).parent / "seeds").iterdir())}
_RSS, _ATOM, _RSS_091 = _TEXTS["rss-2.0.xml"], _TEXTS["atom-1.0.xml"], _TEXTS["rss-0.91.xml"]

SEEDS = (
    *(text.encode() for text in _TEXTS.values()),
    _RSS_091.encode("cp1252"),
    _RSS.replace('encoding="utf-8"', 'encoding="utf-16"').encode("utf-16"),
    _ATOM.encode("utf-16-be"),
    _ATOM.encode("utf-32"),
    ("\ufeff" + _RSS).encode(),
    # Encoded twice, as a careless database does it.
    _RSS_091.encode().decode("latin-1").encode(),
)
# Larger ones would be mutated too seldom in a minute.
_MOST_BYTES = 1 << 17


def feeds_in(folder: Path | None) -> list[bytes]:
    """Real feeds as further seeds; none where there is no folder."""
    if folder is None or not folder.is_dir():
        return []
    return [path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file() and path.stat().st_size < _MOST_BYTES]
