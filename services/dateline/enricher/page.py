"""The article that a linked page shows and declares: one tree, read for its body and its metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dateline.enricher.headline import choose_headline
from dateline.enricher.page_body import body_pieces
from dateline.enricher.page_metadata import PageMetadata, read_metadata
from dateline.enricher.page_tree import page_tree
from dateline.enricher.paid_parts import empty_paid_parts
from dateline.enricher.pieces import Piece

if TYPE_CHECKING:
    from lxml import html

    from dateline.events import Page

__all__ = ["NO_PAGE", "ReadPage", "read_page"]

# An articleBody counts where it is longer than this and the page itself shows less than half as much: a page made by scripts.
LEAST_DECLARED_CHARACTERS = 500


class ReadPage(NamedTuple):
    """What a page gives: its declarations, its headline, the pieces of its body and those before and after it, and its tree.

    `is_paid`: the publisher says that the article is not free; `paid_part`: a part that it named was left out; `is_cut`: so was the rest
    of too large a page.
    """

    metadata: PageMetadata
    headline: str | None
    pieces: list[Piece]
    before: list[Piece]
    after: list[Piece]
    root: html.HtmlElement | None
    is_paid: bool
    paid_part: bool
    is_cut: bool


NO_PAGE = ReadPage(PageMetadata(), None, [], [], [], None, is_paid=False, paid_part=False, is_cut=False)


def read_page(page: Page) -> ReadPage:
    """The page's article; without a body where none is found, and never the text of a part that its publisher does not give away."""
    tree = page_tree(page.html)
    if tree is None:
        return NO_PAGE
    metadata = read_metadata(tree.root, page.url)
    is_paid = False in (metadata.is_free, page.rights.is_accessible_for_free)
    emptied = empty_paid_parts(tree.root, metadata.paid)
    headline = choose_headline(metadata.headlines, metadata.sites) or metadata.title
    body = body_pieces(tree.root, (*metadata.headlines, metadata.title or ""), metadata.descriptions)
    declared = [] if is_paid else _declared(body.pieces, metadata.article_body)
    pieces = declared or body.pieces
    return ReadPage(metadata, headline, pieces, body.before, body.after, tree.root, is_paid, emptied, tree.cut or page.truncated)


def _declared(pieces: list[Piece], body: str | None) -> list[Piece]:
    """The paragraphs of the declared body where the page shows far less than it; else none."""
    shown = sum(len(piece.text) for piece in pieces if piece.kind is None)
    if body is None or len(body) < LEAST_DECLARED_CHARACTERS or 2 * shown > len(body):
        return []
    return [Piece(line) for part in body.splitlines() if (line := " ".join(part.split()))]
