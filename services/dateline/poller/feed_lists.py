"""Lists of feeds in any form: OPML, YAML, or one address a line."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import yaml

from dateline.complaints import complaint
from dateline.errors import BadInput
from dateline.events import Feed, Publisher
from dateline.poller.encoding import to_utf8
from dateline.poller.identity import without_secrets
from dateline.poller.listed import FeedList, Listed, Refused, listed_of
from dateline.poller.opml import read_opml

# A hundred thousand feeds with all that can be said of each.
MOST_LIST_BYTES = 32 << 20
MOST_FEEDS = 100_000
# feeds, one of them, its publisher, and a few for what we do not know yet.
_MOST_DEPTH = 8
_ADDRESS_FIRST = re.compile(r"(?:[a-z][a-z0-9+.-]*://|feed:)\S+\s*\Z", re.IGNORECASE)
_NOT_THEIRS = "refers to a secret, which only a list of yours may do; save the list to a file and look at it first"
_NOTHING = ("", "~", "null")
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def read_feed_list(body: bytes, name: str) -> FeedList:
    """The feeds of a list in any form, each address once, and the entries that are none; BadInput when the whole is no list.

    `name` is what the list is called in messages. A list may hold 32 MiB and 100,000 feeds.
    """
    if len(body) > MOST_LIST_BYTES:
        raise BadInput(f"{name} has more than {MOST_LIST_BYTES >> 20} MiB; divide it")
    utf8 = to_utf8(body).body
    if utf8.lstrip().startswith(b"<"):
        found = read_opml(utf8, name)
    else:
        text = utf8.decode("utf-8", "replace")
        lines = (line.strip() for line in text.splitlines())
        first = next((line for line in lines if line and not line.startswith("#")), "")
        found = read_lines(text) if not first or _ADDRESS_FIRST.match(first) else read_yaml(text, name)
    if len(found.listed) > MOST_FEEDS:
        raise BadInput(f"{name} has more than {MOST_FEEDS} feeds; divide it")
    return found


def without_references(found: FeedList) -> FeedList:
    """A list that somebody else wrote, without entries that would send secrets of ours where they lead."""
    refused = [Refused(without_secrets(one.url)[:200], _NOT_THEIRS) for one in found.listed if _refers(one)]
    return FeedList([one for one in found.listed if not _refers(one)], [*found.refused, *refused])


def _refers(listed: Listed) -> bool:
    return any("${" in text for text in (listed.url, *(listed.headers or {}).values()))


def read_lines(text: str) -> FeedList:
    """One address a line; blank lines and what follows a # at a line's start are left out."""
    found: dict[str, Listed] = {}
    refused = []
    for number, line in enumerate(text.splitlines(), 1):
        url = line.strip()
        if not url or url.startswith("#"):
            continue
        if " " in url or "\t" in url:
            refused.append(Refused(f"line {number}", "holds more than an address"))
        else:
            found[url] = Listed(url)
    return FeedList(list(found.values()), refused)


# ── YAML ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_yaml(text: str, name: str) -> FeedList:
    """A list of feeds, by itself or under `feeds`; each is an address or a mapping of the fields that `feeds add` has options for."""
    root = _root(text, name)
    if isinstance(root, yaml.MappingNode):
        root = next((value for key, value in root.value if key.value == "feeds"), None)
    if not isinstance(root, yaml.SequenceNode):
        raise BadInput(f"{name} is no list of feeds: it is neither OPML nor one address a line, and as YAML it has no list `feeds`")
    found: dict[str, Listed] = {}
    refused = []
    for number, node in enumerate(root.value):
        try:
            listed = _listed(node)
        except msgspec.ValidationError as error:
            refused.append(Refused(_place(node, number), complaint(error, Listed)))
        except BadInput as error:
            refused.append(Refused(_place(node, number), str(error)))
        else:
            found.setdefault(listed.url, listed)
    return FeedList(list(found.values()), refused)


def write_yaml(feeds: list[Feed]) -> bytes:
    """Every feed with all that can be said of it, as `read_yaml` reads it; UTF-8."""
    every = [{name: value for name, value in _fields(feed).items() if value not in (None, [], {})} for feed in feeds]
    return yaml.dump({"feeds": every}, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, encoding="utf-8", width=1000)


def _fields(feed: Feed) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(listed_of(feed)) | {"labels": list(feed.labels)}
    publisher = fields["publisher"]
    return fields | {"publisher": publisher and {name: value for name, value in publisher.items() if value is not None}}


def _root(text: str, name: str) -> Any:
    """The document as nodes, all scalars as written: `no` is Norwegian and not false."""
    try:
        depth = 0
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                raise BadInput(f"{name}, line {_line(event)}: aliases are not followed; write out what it stands for")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _MOST_DEPTH:
                raise BadInput(f"{name}, line {_line(event)}: more than {_MOST_DEPTH} levels within each other")
        return yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise BadInput(f"{name}{line}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise BadInput(f"{name}: not YAML: {' '.join(str(error).split())[:200]}") from None


def _listed(node: yaml.Node) -> Listed:
    said = _plain(node)
    if isinstance(said, str):
        return Listed(said)
    if isinstance(said, dict) and isinstance(publisher := said.get("publisher"), dict):
        unknown = [str(name) for name in publisher if name not in Publisher.__struct_fields__]
        if unknown:
            raise BadInput(f"publisher.{unknown[0][:60]}: there is no such field; there are {', '.join(Publisher.__struct_fields__)}")
        said = said | {"publisher": dict.fromkeys(("name", "domain", "country")) | publisher}
    return msgspec.convert(said, Listed, strict=False)


def _plain(node: yaml.Node) -> Any:
    match node:
        case yaml.MappingNode():
            pairs = ((str(key.value), _plain(value)) for key, value in node.value)
            return {key: value for key, value in pairs if value is not None}
        case yaml.SequenceNode():
            return [_plain(inner) for inner in node.value]
        case _:
            return None if not node.style and node.value.lower() in _NOTHING else node.value  # type: ignore[attr-defined]


def _place(node: yaml.Node, number: int) -> str:
    place = f"feeds[{number}], line {_line(node)}"
    url = next((value.value for key, value in node.value if key.value == "url"), None) if isinstance(node, yaml.MappingNode) else None
    return f"{place} ({without_secrets(url)[:200]})" if isinstance(url, str) else place


def _line(of: Any) -> int:
    return int(of.start_mark.line) + 1
