"""Whose report an article is: who published this copy, whose report it says it is, and the words that say so."""

from __future__ import annotations

from bisect import bisect_left
from itertools import combinations
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from dateline.enricher.copyright import copyright_of, holder_of, statements_in
from dateline.enricher.datelines import dateline_of
from dateline.enricher.evidence import Where, find_evidence
from dateline.enricher.mentions import is_spelled_otherwise, role_of
from dateline.enricher.people import authors_of
from dateline.enricher.publisher import country_of, house_key, house_names, own_agency, publisher_of, with_id
from dateline.enricher.zones import lines_of
from dateline.events import CLAIM_CONFIDENCE, Attribution, Distributor, Evidence, Mention, Notice, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dateline.enricher.agencies import Agencies, Agency
    from dateline.enricher.evidence import Finding
    from dateline.enricher.names import Found
    from dateline.enricher.page_metadata import PageMetadata
    from dateline.enricher.text import PlainArticle
    from dateline.enricher.zones import Line
    from dateline.events import Language, Paragraph, RawArticle, Relation, Status, Text

__all__ = ["attribute", "credit_paragraphs"]

# Nothing that is read off words alone is certain.
MOST_CONFIDENCE = 0.99
# An origin that is so much less sure than another one does not contradict it.
CLEAR_LEAD = 0.2
MOST_ORIGINS, MOST_EVIDENCE, MOST_MENTIONS, MOST_NOTICES = 8, 8, 50, 8
# What is quoted as proof; the longest seen has 160 characters.
QUOTED_CHARACTERS = 300

# Brackets, dashes and a full stop.
AROUND_CREDIT = 4

# Of what several findings say, the most telling first.
_RELATIONS: tuple[Relation, ...] = (
    *("automatic_republication", "translation", "press_release", "excerpt"),
    *("compiled", "republication", "contribution"),
)


class _Claim(NamedTuple):
    """An agency, or by its name a publisher that is in no list, and the findings that say the report is theirs."""

    agency: Agency | None
    name: str
    findings: tuple[Finding, ...]

    @property
    def confidence(self) -> float:
        """Each kind of evidence is a doubt of its own; two of one kind say the same."""
        weights: dict[str, float] = {}
        for finding in self.findings:
            weights[finding.rule.kind] = max(weights.get(finding.rule.kind, 0.0), finding.rule.weight)
        return round(min(1 - prod(1 - weight for weight in weights.values()), MOST_CONFIDENCE), 3)


class _Verdict(NamedTuple):
    status: Status
    relation: Relation
    claims: Sequence[_Claim]
    distributor: Distributor | None


def attribute(
    raw: RawArticle, page: PageMetadata, plain: PlainArticle, text: Text, *, language: Language, agencies: Agencies
) -> Attribution:
    """Publisher, origin and people of one article, by what stands in which of its lines.

    Silence proves nothing: an article that no line speaks for is `unattributed` and its relation unknown,
    unless its publisher is an agency itself.
    """
    publisher = publisher_of(raw, page)
    own = own_agency(raw, publisher, page, agencies)
    lines = lines_of(plain, text)
    statements = statements_in(lines)
    houses = house_names(raw, publisher, page) | frozenset(_shown_houses(statements, text))
    where = Where(
        language=(language.tag or "").partition("-")[0] or None,
        country=country_of(publisher, own),
        domain=publisher.domain if publisher else None,
        houses=houses,
    )
    named = _named_lines(lines, plain, agencies)
    findings = _distinct([finding for finding in find_evidence(named, where) if _is_meant(finding, plain.whole)])
    verdict = _verdict(own, findings, houses, agencies)
    relation = _with_translation(verdict, language)
    return Attribution(
        status=verdict.status,
        publisher=with_id(publisher, own),
        origins=_origins(verdict, findings),
        distributor=verdict.distributor,
        relation=relation,
        mentions=_mentions(named, findings, where),
        authors=authors_of(raw, page, lines, houses, agencies),
        dateline=dateline_of(lines, findings),
        copyright=copyright_of(statements, findings, raw, page),
        notices=_notices(findings),
        rules=agencies.rules,
    )


def _is_meant(finding: Finding, text: str) -> bool:
    """Whether a finding names anybody but by codes that the article spells out as something else."""
    named = finding.agencies
    return not named or any(found.is_sure or not is_spelled_otherwise(found.written, agency, text) for agency, found in named)


def _shown_houses(statements: Iterable[str], text: Text) -> Iterator[str]:
    """What the page shows of its publisher's name: behind the headline, and where it claims its copyright."""
    yield from (house_key(passage.text) for passage in text.removed if passage.kind == "headline_suffix")
    yield from (house_key(holder) for statement in statements if (holder := holder_of(statement)) is not None)


def credit_paragraphs(attribution: Attribution, text: Text) -> list[Paragraph]:
    """The paragraphs of the body that as a whole say whose report it is; copies differ in them."""
    quoted = {
        (evidence.start, evidence.end) for origin in attribution.origins for evidence in origin.evidence if evidence.field == "body"
    } | {(notice.start, notice.end) for notice in attribution.notices if notice.field == "body"}
    whole = [paragraph for paragraph in text.paragraphs if any(_fills(start, end, paragraph) for start, end in quoted)]
    return whole if len(whole) < len(text.paragraphs) else []


def _fills(start: int, end: int, paragraph: Paragraph) -> bool:
    """Whether a quotation leaves no more of the paragraph than brackets and a full stop."""
    return paragraph.start <= start and end <= paragraph.end and (paragraph.end - paragraph.start) - (end - start) <= AROUND_CREDIT


# ── verdict ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _verdict(own: Agency | None, findings: Sequence[Finding], houses: frozenset[str], agencies: Agencies) -> _Verdict:
    """Two agencies that no line names together contradict each other; a press-release wire passes on what others issued."""
    claims = _claims(own, findings, houses, agencies)
    wires = [claim.agency for claim in claims if claim.agency and claim.agency.kind == "press_release"]
    wire = wires[0] if wires else own if own and own.kind == "press_release" else None
    distributor = Distributor(id=wire.id, name=wire.name) if wire else None
    origins = [claim for claim in claims if not (claim.agency and claim.agency.kind == "press_release")]
    if wire is None:
        origins = [claim for claim in origins if any(finding.rule.kind != "issuer" for finding in claim.findings)]
    origins = _without_weak(origins)
    match origins:
        case [] if wire:
            return _Verdict("unattributed", "press_release" if wires else "unknown", [], distributor)
        case []:
            return _Verdict("self", "original", [], None) if own else _Verdict("unattributed", _contribution(findings), [], None)
        case _ if _contradict(origins):
            return _Verdict("conflict", "unknown", origins, distributor)
        case _:
            return _Verdict("attributed", _relation(origins, findings, wire), origins, distributor)


def _claims(own: Agency | None, findings: Iterable[Finding], houses: frozenset[str], agencies: Agencies) -> list[_Claim]:
    """Whose report the findings say it is, the surest first; the publisher itself is nobody's origin."""
    claimed: dict[str, tuple[Agency | None, str, list[Finding]]] = {}
    for finding in findings:
        if finding.rule.says != "origin":
            continue
        named = [agency for agency, _ in finding.agencies]
        if finding.name is not None:
            known = agencies.named(finding.name) or agencies.at_host(finding.name.lower())
            if known is None and house_key(finding.name) not in houses:
                claimed.setdefault(f"name {finding.name.casefold()}", (None, finding.name, []))[2].append(finding)
            named = [known] if known else []
        for agency in {agency.id: agency for agency in named}.values():
            if agency is not own:
                claimed.setdefault(f"id {agency.id}", (agency, agency.name, []))[2].append(finding)
    claims = [_Claim(agency, name, tuple(said)) for agency, name, said in claimed.values()]
    return sorted(claims, key=lambda claim: -claim.confidence)[:MOST_ORIGINS]


def _without_weak(claims: list[_Claim]) -> list[_Claim]:
    """Without those that another one outweighs clearly, and without names in no list where an agency is as sure."""
    if len(claims) < 2:  # noqa: PLR2004 - one has nobody beside it
        return claims
    surest = claims[0]
    return [
        claim
        for claim in claims
        if claim is surest or _share_a_line(claim, surest) or surest.confidence - claim.confidence < CLEAR_LEAD * (claim.agency is not None)
    ]


def _contradict(claims: Sequence[_Claim]) -> bool:
    return any(not _share_a_line(one, other) for one, other in combinations(claims, 2))


def _share_a_line(one: _Claim, other: _Claim) -> bool:
    lines = {(finding.line.field, finding.line.start) for finding in one.findings}
    return any((finding.line.field, finding.line.start) in lines for finding in other.findings)


def _relation(claims: Sequence[_Claim], findings: Sequence[Finding], wire: Agency | None) -> Relation:
    found = [finding for claim in claims for finding in claim.findings]
    # Read as a byline, the place and date before the agency look like somebody who worked on it too.
    opening = {(finding.line.field, finding.line.start) for finding in found if finding.rule.kind == "dateline"}
    said = {one.relation for one in found if one.rule.kind != "byline" or (one.line.field, one.line.start) not in opening}
    if said & {"republication", "automatic_republication"}:
        said |= {finding.relation for finding in findings if finding.rule.says == "support"}
    if wire is not None:
        said.add("press_release")
    return next((relation for relation in _RELATIONS if relation in said), "unknown")


def _with_translation(verdict: _Verdict, language: Language) -> Relation:
    """A republication of a text that says it was translated is a translation."""
    sure = language.translation is not None and language.translation.confidence >= CLAIM_CONFIDENCE and language.translation.evidence
    return "translation" if sure and verdict.relation in {"republication", "compiled"} else verdict.relation


def _contribution(findings: Sequence[Finding]) -> Relation:
    return "contribution" if any(finding.rule.says == "contribution" for finding in findings) else "unknown"


def _distinct(findings: list[Finding]) -> list[Finding]:
    """Without what only repeats a part of what another finding quotes in the same role."""
    return [finding for finding in findings if not any(_covers(other, finding) for other in findings if other is not finding)]


def _covers(other: Finding, finding: Finding) -> bool:
    same = other.line is finding.line and other.rule.role == finding.rule.role and finding.rule.says == "support"
    return same and other.start <= finding.start and finding.end <= other.end


# ── what is quoted ───────────────────────────────────────────────────────────────────────────────────────────────────


def _origins(verdict: _Verdict, findings: Sequence[Finding]) -> list[Origin]:
    """Each origin with its proof; what speaks for a republication without a name stands with the surest."""
    support = [finding for finding in findings if finding.rule.says == "support"]
    origins = []
    for number, claim in enumerate(verdict.claims):
        notices = any(finding.rule.kind == "disclaimer" for finding in claim.findings)
        quoted = _once([*claim.findings, *(support if number == 0 and notices else [])])
        origins.append(_origin(claim, [_evidence(finding) for finding in quoted[:MOST_EVIDENCE]]))
    return origins


def _once(findings: Sequence[Finding]) -> list[Finding]:
    """Without what a second rule found in words, or a part of words, that another one quotes for the same."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda one: (one.start - one.end, -one.rule.weight)):
        if not any(_quotes(other, finding) for other in kept):
            kept.append(finding)
    return [finding for finding in findings if finding in kept]


def _quotes(other: Finding, finding: Finding) -> bool:
    same = other.line is finding.line and other.rule.role == finding.rule.role
    return same and other.start <= finding.start and finding.end <= other.end


def _origin(claim: _Claim, evidence: list[Evidence]) -> Origin:
    agency = claim.agency
    return Origin(
        id=agency.id if agency else None,
        name=claim.name,
        kind=agency.kind if agency else "publisher",
        country=agency.country if agency else None,
        wikidata=agency.wikidata if agency else None,
        confidence=claim.confidence,
        evidence=evidence,
    )


def _evidence(finding: Finding) -> Evidence:
    start, rule = finding.line.start + finding.start, finding.rule
    words = finding.text[:QUOTED_CHARACTERS]
    return Evidence(
        field=finding.line.field, start=start, end=start + len(words), text=words, kind=rule.kind, role=rule.role, weight=rule.weight
    )


def _notices(findings: Sequence[Finding]) -> list[Notice]:
    told = [finding for finding in findings if finding.rule.kind in {"disclaimer", "republication_notice", "contribution"}]
    return [_notice(finding) for finding in told[:MOST_NOTICES]]


def _notice(finding: Finding) -> Notice:
    start = finding.line.start + finding.start
    words = finding.text[:QUOTED_CHARACTERS]
    kind = finding.rule.kind if finding.rule.role == "origin" else finding.rule.role
    return Notice(field=finding.line.field, start=start, end=start + len(words), text=words, kind=kind)


def _named_lines(lines: Sequence[Line], plain: PlainArticle, agencies: Agencies) -> list[tuple[Line, Sequence[Found]]]:
    """The lines in which a rule may speak, with names and codes of agencies, and those around the article with the sure names, if any."""
    around = agencies.names.in_text(plain.whole) if plain.before or plain.after else []
    starts = [found.start for found in around]
    credited = [line for line in lines if line.zone not in {"elsewhere", "caption"}]
    in_credited = iter(agencies.names.in_lines([line.text for line in credited]))
    named: list[tuple[Line, Sequence[Found]]] = []
    for line in lines:
        if line.field == "source" and line.zone in {"elsewhere", "caption"} and around:
            inside = around[bisect_left(starts, line.start) : bisect_left(starts, line.start + len(line.text))]
            if inside:
                named.append((line, [one._replace(start=one.start - line.start, end=one.end - line.start) for one in inside]))
        elif line.zone not in {"elsewhere", "caption"}:
            named.append((line, next(in_credited)))
    return named


def _mentions(lines: Iterable[tuple[Line, Sequence[Found]]], findings: Sequence[Finding], where: Where) -> list[Mention]:
    """Every name of an agency but those in declarations: what a rule read as attribution, the others by why they are named."""
    attributed = {
        (finding.line.field, finding.line.start + found.start): agency.id for finding in findings for agency, found in finding.agencies
    }
    mentions: list[Mention] = []
    for line, named in lines:
        for found in named if line.zone != "declared" else ():
            start = line.start + found.start
            identity = attributed.get((line.field, start))
            role = "attribution" if identity else role_of(line, found)
            agency = None if identity else found.agency(where.language, where.country)
            if role is not None and (identity or agency):
                who = identity or (agency.id if agency else "")
                mentions.append(Mention(field=line.field, start=start, end=line.start + found.end, text=found.written, id=who, role=role))
                if len(mentions) == MOST_MENTIONS:
                    return mentions
    return mentions
