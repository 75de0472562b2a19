"""Elements without a field of their own: kept by name, so that nothing a publisher says is lost."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from dateline.poller.draft import TRUNCATED, Draft
from dateline.poller.names import key
from dateline.poller.tree import markup_of, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

# An honest element has a dozen; lxml looks each one up from the first on.
_MOST_ATTRIBUTES = 64


def read_extension(draft: Draft, element: Element) -> None:
    """Keep an element under its name; a list where there are several of one name."""
    if not isinstance(element.tag, str):
        return
    name = key(element.tag)
    held = draft.extensions.get(name)
    if held is None and len(draft.extensions) >= draft.limits.max_extensions:
        draft.flag(TRUNCATED)
        return
    value = _value(draft, element, 1)
    if not value:
        return
    if held is None:
        draft.extensions[name] = value
    elif isinstance(held, list):
        draft.add(held, value)
    else:
        draft.extensions[name] = [held, value]


def _value(draft: Draft, element: Element, depth: int) -> Any:
    """Its text; with attributes or elements in it, an object of them with the text as `value`; markup where text and elements mix."""
    if len(element):
        if text_of(element):
            return _clean(draft, markup_of(element))
        if depth >= draft.limits.max_depth:
            draft.flag(TRUNCATED)
            return None
        return _attributes(draft, element) | _children(draft, element, depth)
    text = _clean(draft, text_of(element))
    if not element.attrib:
        return text
    return _attributes(draft, element) | ({"value": text} if text else {})


def _attributes(draft: Draft, element: Element) -> dict[str, Any]:
    names = islice(element.attrib, _MOST_ATTRIBUTES)
    values = ((key(str(name)), _clean(draft, str(element.get(name)))) for name in names)
    return {name: value for name, value in values if value}


def _children(draft: Draft, element: Element, depth: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for child in islice(element, draft.limits.max_list_items):
        value = _value(draft, child, depth + 1) if isinstance(child.tag, str) else None
        if not value:
            continue
        name = key(child.tag)
        held = values.get(name)
        if isinstance(held, list):
            held.append(value)
        else:
            values[name] = value if held is None else [held, value]
    return values


def _clean(draft: Draft, text: str) -> str:
    return draft.cleared(draft.scalar(text))
