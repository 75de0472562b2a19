"""The list of news agencies: who they are and by which names, codes and domains one knows them."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec
import yaml
from msgspec import Struct

from dateline.complaints import complaint
from dateline.enricher.names import AgencyNames
from dateline.enricher.rules import rule_book
from dateline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["Agencies", "Agency", "index_agencies", "load_agencies", "read_agencies"]

# Raised with every change of what the enricher decides; together with the list's hash it names the rules an article was judged by.
RULES_VERSION = 3

Kind = Literal["agency", "syndicate", "broadcaster", "press_release"]


class Agency(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One agency. `names` are safe anywhere in a text; `codes` are case-sensitive and mean it only where a credit stands."""

    id: str
    name: str
    kind: Kind
    country: str | None = None
    languages: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    # Names that are ordinary words as well, so that they need a credit's position too.
    ambiguous_names: tuple[str, ...] = ()
    # Codes that mean something else too, and what: they count only where the agency is likely.
    homonyms: dict[str, str] = {}
    wikidata: str | None = None
    status: Literal["historical"] | None = None


class Agencies(Struct, frozen=True, kw_only=True):
    """The list with its look-ups; a name, code or domain that two agencies share is in none of the first three.

    `names` finds all of them in texts.
    """

    agencies: tuple[Agency, ...]
    rules: str
    by_name: Mapping[str, Agency]
    by_code: Mapping[str, Agency]
    by_domain: Mapping[str, Agency]
    names: AgencyNames

    def named(self, name: str) -> Agency | None:
        """The agency that this is the whole name (in any case) or the code (as written) of, where a credit stands."""
        plain = " ".join(name.split())
        found = self.by_code.get(plain) or self.by_name.get(plain.casefold())
        if found is None and plain[:4].casefold() == "the ":
            return self.by_name.get(plain[4:].casefold())
        return found

    def at_host(self, host: str) -> Agency | None:
        """The agency whose domain this host is in."""
        labels = host.split(".")
        suffixes = (".".join(labels[start:]) for start in range(len(labels)))
        return next((self.by_domain[suffix] for suffix in suffixes if suffix in self.by_domain), None)


def load_agencies(extra: Path | None) -> Agencies:
    """The built-in list with the operator's own file, if there is one, laid over it; ConfigurationError names what is wrong."""
    if extra is None:
        return _built_in()
    try:
        own = extra.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"DATELINE_ENRICHER__AGENCIES: {extra} cannot be read: {error.strerror}") from error
    return _laid_over(_built_in_entries(), own, str(extra))


def read_agencies(builtin: bytes, extra: bytes | None = None) -> Agencies:
    """The list in YAML, and a second one that adds entries, corrects fields of those with the same id, or mutes them (`mute: true`).

    A field that an entry gives replaces the one it corrects as a whole. ConfigurationError names the entry and what is wrong.
    """
    return _laid_over(_entries(builtin, "built-in agency list"), extra)


def index_agencies(agencies: tuple[Agency, ...]) -> Agencies:
    """The list with its look-ups, of entries in their order."""
    digest = hashlib.blake2b(msgspec.json.encode(agencies) + rule_book().digest.encode(), digest_size=4).hexdigest()
    return Agencies(
        agencies=agencies,
        rules=f"{RULES_VERSION}-{digest}",
        by_name=_unambiguous((name.casefold(), agency) for agency in agencies for name in _all_names(agency)),
        by_code=_unambiguous((code, agency) for agency in agencies for code in agency.codes),
        by_domain=_unambiguous((domain.lower(), agency) for agency in agencies for domain in agency.domains),
        names=AgencyNames(agencies),
    )


# Read once in a process: that takes a tenth of a second.
@cache
def _built_in() -> Agencies:
    return _laid_over(_built_in_entries(), None)


@cache
def _built_in_entries() -> list[dict[str, Any]]:
    return _entries(files(__package__).joinpath("agencies.yaml").read_bytes(), "built-in agency list")


def _laid_over(listed: list[dict[str, Any]], extra: bytes | None, name: str = "agency list") -> Agencies:
    """The look-ups of a list with a second one in YAML, called `name`, laid over it."""
    entries = {entry["id"]: entry for entry in listed}
    for entry in _entries(extra, name) if extra is not None else ():
        _lay_over(entries, entry, name)
    return index_agencies(tuple(_agency(entry, name) for entry in entries.values()))


def _entries(document: bytes, what: str) -> list[dict[str, Any]]:
    """The entries as they stand, each a mapping with an id that no other one has."""
    try:
        content = yaml.load(document, Loader=_LOADER)  # noqa: S506 - the safe loader, in C where there is one
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigurationError(f"{what}: not YAML{line}: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{what}: not YAML: {' '.join(str(error).split())}") from error
    entries = content.get("agencies") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise ConfigurationError(f"{what}: wants a list under the key agencies")
    seen = set()
    for number, entry in enumerate(entries, start=1):
        identity = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(identity, str) or not identity:
            raise ConfigurationError(f"{what}: entry {number} has no id (a word in lower case)")
        if identity in seen:
            raise ConfigurationError(f"{what}: entry {number} repeats the id {identity}")
        seen.add(identity)
    return cast("list[dict[str, Any]]", entries)


def _lay_over(entries: dict[str, dict[str, Any]], entry: dict[str, Any], name: str) -> None:
    """Add, correct or mute; `entries` is changed, `name` is what the list is called."""
    identity = entry["id"]
    changes = {key: value for key, value in entry.items() if key != "mute"}
    mute = entry.get("mute", False)
    if not isinstance(mute, bool):
        raise ConfigurationError(f"{name}: {identity}: mute is true or false, not {mute!r}")
    if not mute:
        entries[identity] = entries.get(identity, {}) | changes
    elif entries.pop(identity, None) is None:
        raise ConfigurationError(f"{name}: {identity}: mute names no entry of the built-in list")


def _agency(entry: Mapping[str, Any], name: str) -> Agency:
    try:
        return msgspec.convert(entry, Agency)
    except msgspec.ValidationError as error:
        hint = " (YAML reads a bare NO as false: quote it)" if entry.get("country") is False else ""
        raise ConfigurationError(f"{name}: {entry['id']}: {complaint(error, Agency)}{hint}") from error


def _all_names(agency: Agency) -> Iterable[str]:
    return (" ".join(name.split()) for name in (agency.name, *agency.names, *agency.ambiguous_names))


def _unambiguous(pairs: Iterable[tuple[str, Agency]]) -> dict[str, Agency]:
    found: dict[str, Agency] = {}
    shared = set()
    for key, agency in pairs:
        if found.setdefault(key, agency) is not agency:
            shared.add(key)
    return {key: agency for key, agency in found.items() if key not in shared}


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
