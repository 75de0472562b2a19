"""People as feeds name them, without the e-mail addresses they did not mean to hand to everyone."""

from __future__ import annotations

import re

from dateline.events import Author

# Where only a name is expected, whatever has an @ is an address; in other texts it takes a domain (`/@user` is part of a link).
_ADDRESS_FOR_NAME = re.compile(r"(?:mailto:\s*)?[^\s<>()\[\],;:]{1,64}@[^\s<>()\[\],;:]{1,255}", re.IGNORECASE)
# Possessive and only from where a word begins, which keeps it linear on hostile text.
_ADDRESS = re.compile(r"(?<![\w.+%-])(?:mailto:\s*+)?[\w.+%-]++@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", re.IGNORECASE)
# No domain ends so; files for fine displays are called `ferry@2x.jpg`.
_FILE = r"[^?]*\.(?:jpe?g|png|gif|webp|avif|svg|mp[34]|m4[av]|webm|pdf|html?|php|xml)\s*(?:\?|\Z)"
_MAILBOX = re.compile(rf"\s*(?:mailto:|(?!{_FILE}){_ADDRESS.pattern}\s*(?:\?|\Z))", re.IGNORECASE)
_BRACKETS = re.compile(r"[<(\[]\s*[>)\]]")
_WHOLE_BRACKETS = re.compile(r"\(([^()]*)\)\Z")
_LONGEST_NAME = 1000


def person(name: str, uri: str | None = None, *, keep_addresses: bool) -> Author | None:
    """An author from a name as RSS and Dublin Core write it: `a@b.example (Ann)`, `Ann <a@b.example>` or plain."""
    name = name[:_LONGEST_NAME].strip()
    if "@" in name and not keep_addresses:
        name = _without(_ADDRESS_FOR_NAME, name)
        whole = _WHOLE_BRACKETS.match(name)
        name = (whole[1] if whole else name).strip()
    if uri is not None and not keep_addresses and is_mailbox(uri):
        uri = None
    return Author(name=name or None, uri=uri or None) if name or uri else None


def is_mailbox(href: str) -> bool:
    """Whether an address is a mailbox and no page, as written before it is made absolute: `mailto:` or a bare `a@b.example`."""
    # Nearly every address begins so, and there are several in each entry.
    return not href.startswith(("https://", "http://")) and ("@" in href or ":" in href) and _MAILBOX.match(href) is not None


def without_addresses(text: str) -> str:
    """The text without e-mail addresses and the brackets that they stood in."""
    return _without(_ADDRESS, text) if "@" in text and _ADDRESS.search(text) else text


def _without(address: re.Pattern[str], text: str) -> str:
    return _BRACKETS.sub("", address.sub("", text)).strip(" ,;<>")
