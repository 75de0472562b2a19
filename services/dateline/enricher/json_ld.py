"""What a page's JSON-LD says of the article, whatever form its makers gave it: lists, graphs, references, broken blocks."""

from __future__ import annotations

import re
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import orjson
from pydantic_core import from_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Node", "article_nodes", "names_of", "texts_of"]

Node = dict[str, Any]

# The largest block seen on real pages has 60 kB, the most on one page are 12.
MOST_BLOCKS, MOST_BLOCK_CHARACTERS = 32, 512 << 10
# Objects looked at on one page.
MOST_NODES = 2_000
# Values read of one property, and what is longer than any text of a property but the article's.
MOST_VALUES = 100


def article_nodes(blocks: Iterable[str]) -> list[Node]:
    """The objects that describe the page's article, the fullest first, with their references to other objects resolved.

    `blocks` are the texts of the page's JSON-LD scripts. What cannot be read is passed over.
    """
    nodes = list(_nodes(blocks))
    named = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    articles = [_resolved(node, named) for node in nodes if _is_article(node)]
    return sorted(articles, key=lambda node: -sum(key in node for key in _TELLING))


def texts_of(value: Any) -> list[str]:
    """The texts in a property: one, a list of them, or objects with a name, a value or an address."""
    return [text for item in _each(value) if (text := _text(item))]


def names_of(value: Any, *, unless: frozenset[str] = frozenset()) -> list[str]:
    """The names in a property of people or houses, without those of the types `unless`."""
    items = [item for item in _each(value) if not (isinstance(item, dict) and types_of(item) & unless)]
    named = [item.get("name") if isinstance(item, dict) else item for item in items]
    return [name for value in named for name in texts_of(value) if "://" not in name]


def types_of(node: Node) -> set[str]:
    """The types of an object, without their vocabulary's address."""
    return {text.rpartition("/")[2].rpartition(":")[2] for text in _each(node.get("@type")) if isinstance(text, str)}


def _each(value: Any) -> list[Any]:
    return value[:MOST_VALUES] if isinstance(value, list) else [] if value is None else [value]


def _text(item: Any) -> str | None:
    if isinstance(item, dict):
        item = next((item[key] for key in ("name", "@value", "url", "@id") if isinstance(item.get(key), str)), None)
    return (" ".join(item.split()) or None) if isinstance(item, str) else None


def _is_article(node: Node) -> bool:
    return any(kind.endswith(_ARTICLES) for kind in types_of(node))


def _resolved(node: Node, named: dict[str, Node]) -> Node:
    """The object with the objects that its properties refer to by `@id` in their place, one level deep."""

    def resolve(value: Any) -> Any:
        if isinstance(value, list):
            return [resolve(item) for item in value[:MOST_VALUES]]
        if isinstance(value, dict) and len(value) <= 2:  # noqa: PLR2004 - an id, and at most a type or a name
            return named.get(value["@id"], value) if isinstance(value.get("@id"), str) else value
        return value

    return {key: resolve(value) for key, value in node.items()}


def _nodes(blocks: Iterable[str]) -> Iterator[Node]:
    """Objects that may describe the page: at the top, in lists and graphs, as main entity; never those inside others."""
    waiting = deque(data for block in _first(blocks) if (data := _loaded(block)) is not None)
    for _ in range(MOST_NODES):
        if not waiting:
            return
        data = waiting.popleft()
        if isinstance(data, list):
            waiting.extend(data[:MOST_NODES])
        elif isinstance(data, dict):
            yield data
            waiting.extend(data[key] for key in ("@graph", "mainEntity") if isinstance(data.get(key), dict | list))


def _first(blocks: Iterable[str]) -> Iterator[str]:
    for count, block in enumerate(blocks):
        if count == MOST_BLOCKS:
            return
        if len(block) <= MOST_BLOCK_CHARACTERS:
            yield block


def _loaded(block: str) -> Any:
    """The block's value: as it is, with its commonest mistakes mended, or as far as it goes; null where nothing helps."""
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(block.encode(errors="replace"))
    plain = _WRAPPING.sub("", block).translate(_CONTROL).strip().rstrip(";")
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(plain.encode(errors="replace"))
    mended = _TRAILING_COMMA.sub(r"\1", plain)
    with suppress(ValueError, RecursionError):
        return from_json(mended.encode(errors="replace"), allow_partial=True)
    return None


_TELLING = ("headline", "datePublished", "author", "description", "image", "publisher")
_ARTICLES = ("Article", "BlogPosting", "Report", "Review", "AdvertiserContentArticle")
_WRAPPING = re.compile(r"^\s*(?:/[/*]\s*)?(?:<!--|<!\[CDATA\[)(?:\s*\*/)?|(?:/[/*]\s*)?(?:-->|\]\]>)(?:\s*\*/)?\s*$")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_CONTROL = dict.fromkeys(range(0x20), " ")
