"""In which language and script a text is: what is declared, weighed against what the text looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec.structs import replace

from dateline.enricher.close import FAMILY_OF, ask_words
from dateline.enricher.declared import declared_languages
from dateline.enricher.engines import SURELY, UNKNOWN, Opinion, ask_cld2, ask_eldc, ask_langid, ask_langid_without_names
from dateline.enricher.fusion import Candidate, Claim, weigh
from dateline.enricher.scripts import Sample, chinese_script, sample_of, without_addresses
from dateline.enricher.tags import SCRIPTS_OF, claimed_languages, declares_traditional, group_of_language, language_of_tag, tag_of
from dateline.enricher.translation import find_translation
from dateline.events import Language, LanguageAlternative

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dateline.events import RawArticle, Text

__all__ = ["detect_language", "language_group", "language_of"]

# The answers are settled after about this much; more costs time and changes nothing.
SAMPLE_CODE_POINTS = 1_000
# Below, a name or two decides: "Kylian Mbappé" is French to any detector. What then counts is declaration and script.
LEAST_LETTERS = 20
# From here on names are no longer a good part of a text.
PLENTY_OF_LETTERS = 200
# A script alone says the language where it is that of one: of Thai yes, of Russian no, of Chinese not
# either, since short Japanese headlines do without Kana.
SCRIPT_ALONE = 0.95
# Above, the slowest detector would not change the answer.
SURE = 0.95
# A group less likely than this is no answer: the text is in a language that nothing here knows, or in none.
LEAST_OF_GROUP = 0.4
# Where any language is declared, be it a wrong one, there is likely to be one: at 0.4 right answers against wrong declarations are lost.
LEAST_OF_GROUP_DECLARED = 0.3
# What is not likelier than this is no alternative, and three are enough for a reader.
LEAST_ALTERNATIVE = 0.01
MOST_ALTERNATIVES = 3
# Nothing that is measured on a few thousand texts is surer than this.
SUREST = 0.999

# A passage this long is told apart surely; shorter ones are names and quotations.
PASSAGE_CODE_POINTS = 300
LEAST_PASSAGE_LETTERS = 120
# Both passages must be this sure to be called two languages.
SURE_PASSAGE = 0.99
# So much in a second script is more than names and marks.
SECOND_SCRIPT_SHARE = 0.3


class _Decision(NamedTuple):
    language: str | None
    method: Literal["declared", "detected", "agreed", "undetermined"]
    confidence: float | None


_UNDETERMINED = _Decision(None, "undetermined", None)


def language_of(raw: RawArticle, text: Text) -> Language:
    """The language of an article's text, given what its entry, page and feed declare, and whether it says it was translated."""
    language = detect_language(text.headline, text.body or text.summary, declared_languages(raw))
    return replace(language, translation=find_translation(text, language.tag))


def detect_language(headline: str | None, body: str | None, declared: Iterable[str | None]) -> Language:
    """The language of headline and body, given what entry, page and feed declare (as written, the most specific first).

    Null when there are too few letters and nothing is declared. The same input gives the same answer.
    """
    as_written = list(dict.fromkeys(value for value in declared if value))
    sample = sample_of(_beginning(headline, body))
    claims = tuple(dict.fromkeys(claim for value in as_written if (claim := _claim(value, sample.script))))
    opinions = _opinions(sample, claims)
    ranking = weigh(opinions, claims)
    decision = _decide(ranking, opinions, claims)
    traditional = any(map(declares_traditional, as_written)) or Opinion("cld2", "zh-Hant:2") in opinions
    script = _script(decision.language, sample, traditional=traditional)
    return Language(
        tag=decision.language and tag_of(decision.language, script),
        script=script,
        confidence=decision.confidence,
        method=decision.method,
        declared=as_written,
        alternatives=_alternatives(decision, ranking, script),
        mixed=_mixed(sample, body or ""),
        translation=None,
    )


def language_group(tag: str | None) -> str:
    """The group whose articles share a partition: near-duplicates share a language, and close ones are not told apart."""
    return group_of_language(language_of_tag(tag)) if tag else "und"


def _beginning(headline: str | None, body: str | None) -> str:
    """What is looked at: the headline, unless the body repeats it, and the body's first part."""
    beginning = (body or "")[:SAMPLE_CODE_POINTS]
    return beginning if not headline or beginning.startswith(headline) else f"{headline}\n{beginning}"


def _claim(declared: str, script: str | None) -> Claim:
    """The declared languages that are ever written in the text's script."""
    languages = claimed_languages(declared)
    return tuple(language for language in languages if script is None or script in SCRIPTS_OF.get(language, ("Latn",)))


def _opinions(sample: Sample, claims: tuple[Claim, ...]) -> tuple[Opinion, ...]:
    """What the script and the detectors say, quick ones first, until one language is sure.

    A declaration of English makes none sure: that is what systems declare by themselves.
    """
    opinions: tuple[Opinion, ...] = (Opinion("script", sample.script),) if sample.script else ()
    if sample.letters < LEAST_LETTERS:
        return opinions
    quick = ask_eldc(sample.text), ask_cld2(sample.text)
    if all(opinion.symbol == UNKNOWN for opinion in quick):
        return opinions
    believed = tuple(claim for claim in claims if claim != ("en",))
    opinions = _with_words((*opinions, *quick), sample.text, believed)
    if weigh(opinions, believed)[0].probability >= SURE:
        return opinions
    opinions = (*opinions, ask_langid(sample.text))
    if sample.letters < PLENTY_OF_LETTERS:
        opinions = (*opinions, ask_langid_without_names(sample.text))
    return _with_words(opinions, sample.text, believed)


def _with_words(opinions: tuple[Opinion, ...], text: str, claims: tuple[Claim, ...]) -> tuple[Opinion, ...]:
    """The opinions and, where they leave close languages in doubt, what single words say of these."""
    best = weigh(opinions, claims)[0]
    family = FAMILY_OF.get(best.language)
    if best.probability >= SURE or not family or any(opinion.engine.startswith("words") for opinion in opinions):
        return opinions
    return (*opinions, ask_words(text, family))


def _decide(ranking: tuple[Candidate, ...], opinions: tuple[Opinion, ...], claims: tuple[Claim, ...]) -> _Decision:
    """The likeliest language where it is believable; else the likeliest that is declared, unless the text all but excludes it.

    To lists of names, scores and symbols detectors give any language, none of them likely.
    """
    claimed = {language for claim in claims for language in claim}
    least = LEAST_OF_GROUP_DECLARED if claims else LEAST_OF_GROUP
    believable = ranking[0].probability >= SCRIPT_ALONE if len(opinions) == 1 else _of_group(ranking) >= least
    chosen = ranking[0] if opinions and believable else next((candidate for candidate in ranking if candidate.language in claimed), None)
    if chosen is None or chosen.probability < LEAST_ALTERNATIVE:
        return _UNDETERMINED
    return _Decision(chosen.language, _method(chosen.language, opinions, claims), round(min(chosen.probability, SUREST), 3))


def _of_group(ranking: tuple[Candidate, ...]) -> float:
    """How likely the group of the likeliest language is."""
    best = group_of_language(ranking[0].language)
    return sum(candidate.probability for candidate in ranking if group_of_language(candidate.language) == best)


def _method(language: str, opinions: tuple[Opinion, ...], claims: tuple[Claim, ...]) -> Literal["declared", "detected", "agreed"]:
    """How a language was found; in a group that no text tells apart a declaration agrees with a text of the group."""
    group = group_of_language(language)
    if group not in {group_of_language(claimed) for claim in claims for claimed in claim}:
        return "detected"
    undeclared = weigh(opinions, ())[0]
    return "agreed" if len(opinions) > 1 and group_of_language(undeclared.language) == group else "declared"


def _alternatives(decision: _Decision, ranking: tuple[Candidate, ...], script: str | None) -> list[LanguageAlternative]:
    """The next likely languages, none of them the one decided for."""
    if decision.language is None:
        return []
    rivals = [rival for rival in ranking if rival.probability >= LEAST_ALTERNATIVE and rival.language != decision.language]
    return [
        LanguageAlternative(tag=tag_of(rival.language, script), confidence=round(rival.probability, 3))
        for rival in rivals[:MOST_ALTERNATIVES]
    ]


def _mixed(sample: Sample, body: str) -> bool:
    """Whether two passages are surely in two languages, or a good part of the letters in another script."""
    if sample.letters < LEAST_PASSAGE_LETTERS:
        return False
    if sample.second_share >= SECOND_SCRIPT_SHARE:
        return True
    passages = [without_addresses(passage) for passage in _passages(sample, body)]
    opinions = [ask_eldc(passage) for passage in passages]
    if len(set(opinions)) == 1 and opinions[0].symbol.endswith(SURELY):
        return False
    groups = {_group_of_passage(opinion, passage) for opinion, passage in zip(opinions, passages, strict=True)}
    return len(groups - {None}) > 1


def _passages(sample: Sample, body: str) -> list[str]:
    """Beginning, middle and end of a long body, or the beginning and the end of a short text."""
    if len(body) <= SAMPLE_CODE_POINTS:
        length = min(len(sample.text) // 2, PASSAGE_CODE_POINTS)
        return [sample.text[:length], sample.text[-length:]] if sample.letters >= 2 * LEAST_PASSAGE_LETTERS else []
    middle = (len(body) - PASSAGE_CODE_POINTS) // 2
    return [body[:PASSAGE_CODE_POINTS], body[middle : middle + PASSAGE_CODE_POINTS], body[-PASSAGE_CODE_POINTS:]]


def _group_of_passage(opinion: Opinion, passage: str) -> str | None:
    """The group of languages that a passage is surely in, by the quick detectors alone."""
    ranking = weigh((opinion, ask_cld2(passage)), ())
    return group_of_language(ranking[0].language) if _of_group(ranking) >= SURE_PASSAGE else None


def _script(language: str | None, sample: Sample, *, traditional: bool) -> str | None:
    """The dominant script, under the name its language gives it."""
    match sample.script, language:
        case "Hani", "ja":
            return "Jpan"
        case "Hani", "ko":
            return "Kore"
        case _, "zh":
            return chinese_script(sample.text[:PASSAGE_CODE_POINTS]) or ("Hant" if traditional else "Hans")
        case "Hani", _:
            return chinese_script(sample.text[:PASSAGE_CODE_POINTS]) or "Hani"
        case script, _:
            return script
