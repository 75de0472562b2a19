"""Lines that stand around articles and are no part of them, known by their words in many languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ahocorasick_rs import AhoCorasick

from dateline.enricher.words import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dateline.enricher.pieces import Kind

__all__ = ["Trailer", "hints_of", "is_appeal", "is_byline", "is_dated", "is_disclaimer", "is_surely_text", "kind_of_line", "trailer_of"]

# The longest line of this sort that was met has 300 characters; whatever is longer is not one.
LINE_CHARACTERS = 400
DISCLAIMER_CHARACTERS = 1_000
BYLINE_CHARACTERS = 100
# Most paragraphs are longer, most boilerplate is not: longer lines are looked at only where they hold a telling word.
SHORT_LINE = 120


def hints_of(text: str) -> tuple[str, ...]:
    """The telling words of a text. Few texts have any, and given to the functions below they spare them most paragraphs."""
    found = {place for place, _, _ in _ANY_HINT.find_matches_as_indexes(text.lower(), overlapping=True)}
    return tuple(_ALL_HINTS[place] for place in sorted(found))


def is_surely_text(characters: int, hints: Sequence[str]) -> bool:
    """Whether a line of so many characters, in a text with these hints, has neither a kind nor a trailer, whatever it says."""
    return characters > SHORT_LINE and not hints


def kind_of_line(line: str, hints: Sequence[str]) -> Kind | None:
    """What a line is that as a whole says so; null for a line of an article."""
    if len(line) > LINE_CHARACTERS or (len(line) > SHORT_LINE and not _hinted(line, hints)):
        return None
    said = folded(line)
    return next((kind for kind, pattern in _KINDS if pattern.match(said)), None)


class Trailer(NamedTuple):
    """What a paragraph ends with that is not of it: where that begins, and what it is."""

    start: int
    kind: Kind


def trailer_of(paragraph: str, hints: Sequence[str]) -> Trailer | None:
    """The words by which a feed sends its reader on, at the end of a paragraph."""
    start = max(len(paragraph) - LINE_CHARACTERS, 0)
    found = _TRAILER.search(folded(paragraph), start) if _hinted(paragraph[start:], hints) else None
    return None if found is None else Trailer(found.start("trailer"), "feed_footer")


def is_disclaimer(paragraph: str, hints: Sequence[str]) -> bool:
    """Whether a paragraph says that the site republishes what it did not write or edit."""
    if len(paragraph) > DISCLAIMER_CHARACTERS or not _hinted(paragraph, hints):
        return False
    said = folded(paragraph)
    return _DISCLAIMER.search(said) is not None or len({found.lastgroup for found in _SIGNS.finditer(said)}) > 1


def is_appeal(line: str) -> bool:
    """Whether a line asks the reader to subscribe, to give or to write, which articles do not."""
    return len(line) <= LINE_CHARACTERS and _APPEAL.search(folded(line)) is not None


def is_byline(line: str) -> bool:
    """Whether a line above an article is no more than who wrote it."""
    return len(line) <= BYLINE_CHARACTERS and _BYLINE.match(folded(line)) is not None


def is_dated(line: str) -> bool:
    """Whether a line begins with when the article was published, and is no sentence."""
    return len(line) <= BYLINE_CHARACTERS and not line.endswith((".", "!", "?", "…")) and _DATED.match(folded(line)) is not None


def _hinted(text: str, hints: Sequence[str]) -> bool:
    """Whether any of the words is there without which no pattern can match: a twentieth of what the patterns cost."""
    if not hints:
        return False
    lowered = text.lower()
    for hint in hints:  # noqa: SIM110 - any() takes twice the time, and this is the innermost loop
        if hint in lowered:
            return True
    return False


def _lines(*forms: str) -> re.Pattern[str]:
    """A pattern for whole lines: one of the forms, with brackets, arrows and punctuation around it."""
    return _in_any_case(rf"[\W_]*(?:{'|'.join(forms)})[\W_]*\Z")


def _in_any_case(pattern: str) -> re.Pattern[str]:
    """A pattern written in small letters, for text that is `folded`: to ignore case takes `re` twice to five times as long."""
    return re.compile(pattern.replace("ı", "i"))


_REST = r"[^.!?…]{0,120}"  # to the end of a line that holds no further sentence
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "feed_footer",
        _lines(
            r"the post .{1,200} (?:appeared first|first appeared|was first published) (?:on|in|at) .{1,100}",
            r"(?:this (?:article|post|story|entry)(?: first appeared| appeared first|,? originally published)|[^.!?]{1,200} appeared first) (?:on|in) (?:[^.!?]|[.!?](?=\S)){1,100}",
            r"l['’]article .{1,200} est apparu en premier sur .{1,100}",
            r"der beitrag .{1,200} erschien zuerst auf .{1,100}",
            r"la entrada .{1,200} (?:se publicó primero en|aparece primero en) .{1,100}",
            r"l['’]articolo .{1,200} (?:proviene da|sembra essere il primo su) .{1,100}",
            r"o post .{1,200} apareceu primeiro em .{1,100}",
            r"het bericht .{1,200} verscheen eerst op .{1,100}",
            r"artykuł .{1,200} pochodzi z serwisu .{1,100}",
            r"запись .{1,200} впервые появилась .{1,100}",
            r"(?:continue reading|read (?:the )?(?:more|rest|full (?:story|article|text))|keep reading|more)(?: (?:of|at|on|about|here|in|»|→).{0,150})?",
            r"(?:weiterlesen|mehr lesen|lesen sie (?:hier )?(?:weiter|mehr)|zum (?:vollständigen )?artikel|mehr dazu|den ganzen artikel lesen)(?: .{0,80})?",
            r"(?:lire la suite|lire plus|en savoir plus|suite de l['’]article)(?: .{0,80})?",
            r"(?:leer más|seguir leyendo|sigue leyendo|continuar leyendo|leia mais|continue lendo|ler mais|saiba mais)(?: .{0,80})?",
            r"(?:leggi tutto|continua a leggere|leggi l['’]articolo|lees (?:meer|verder)|læs mere|les mer|läs mer|lue lisää)(?: .{0,80})?",
            r"(?:czytaj (?:więcej|dalej)|číst dále|čítaj viac|citește mai mult|devamını oku|читать (?:далее|полностью)|читати далі|διαβάστε περισσότερα)(?: .{0,80})?",
            r"(?:続きを読む|全文を読む|阅读全文|閱讀全文|查看原文|더 ?보기|اقرأ المزيد|المزيد|ادامه مطلب|और पढ़ें|baca selengkapnya|xem thêm|đọc tiếp)",
        ),
    ),
    (
        "comment_form",
        _lines(
            r"(?:leave|post|write|add|submit) (?:a |your )?(?:reply|comments?|response)(?: .{0,60})?",
            r"(?:join|start) the (?:conversation|discussion)",
            r"(?:\d+|no|show|view|read|load|all)? ?comments?(?: \(?\d+\)?)?",
            r"your email address will not be published\.?.{0,80}",
            r"(?:kommentare?|kommentar (?:schreiben|verfassen|hinterlassen)|schreiben sie (?:den ersten|einen) kommentar|diskutieren sie mit)(?: \(?\d+\)?)?",
            r"(?:laisser|ajouter|écrire) un commentaire(?: .{0,60})?|commentaires(?: \(?\d+\)?)?",
            r"(?:deja|dejar|escribe|añadir) (?:un|tu) (?:comentario|respuesta)(?: .{0,60})?|comentarios(?: \(?\d+\)?)?",
            r"(?:deixe (?:um|seu) comentário|lascia un commento|plaats een reactie|skriv en kommentar|dodaj komentarz|přidat komentář)(?: .{0,60})?",
            r"(?:bir yanıt yazın|yorum yap(?:ın)?|yorumlar|оставить комментарий|комментарии|залишити коментар|コメント(?:する)?|发表评论|發表評論|اترك تعليقا?ً?)(?: \(?\d+\)?)?",
        ),
    ),
    (
        "share",
        _lines(
            r"(?:share|tweet|email|print|copy link|save|bookmark|pin|like)(?: (?:this|on|via|to|with|the)(?: .{0,50})?)?",
            r"(?:share )?(?:facebook|twitter|whatsapp|telegram|linkedin|reddit|pinterest|instagram|e-?mail|messenger|threads|bluesky|xing|flipboard)(?:[ ,|/&•·]+(?:and )?(?:facebook|twitter|x|whatsapp|telegram|linkedin|reddit|pinterest|instagram|e-?mail|messenger|threads|bluesky|xing|flipboard|print|copy link))*",
            r"(?:artikel |beitrag |seite )?(?:teilen|drucken|versenden|merken)(?: (?:auf|per|via) .{0,40})?",
            r"(?:partager|imprimer|compartir|compartilhar|condividi|delen|del|dela|udostępnij|sdílet|paylaş|поделиться|поділитися|シェア|分享|공유(?:하기)?|شارك)(?: (?:sur|en|em|su|op|på|na|on|on) .{0,40})?",
            r"follow (?:us|me|@\w+)(?: .{0,80})?",
        ),
    ),
    (
        "newsletter",
        _lines(
            rf"(?:sign up|subscribe|register) (?:now |here |today )?(?:for|to) (?:our|the|your|my)?{_REST}(?:newsletters?|updates?|alerts?|briefings?|inbox|channel|podcast){_REST}",
            rf"(?:get|receive) (?:the|our|all|more)?{_REST}(?:in your inbox|newsletters?|by e-?mail){_REST}",
            rf"(?:jetzt |hier )?(?:(?:den|unseren|zum|für den) )?{_REST}newsletter{_REST}(?:abonnieren|anmelden|bestellen|an){_REST}",
            rf"(?:inscrivez-vous|abonnez-vous|recevez) {_REST}(?:newsletter|infolettre|lettre){_REST}",
            rf"(?:suscríbe(?:te|ase)|regístrate|assine|inscreva-se|iscriviti|schrijf je in) {_REST}(?:newsletter|boletín|canal){_REST}",
            r"newsletter",
        ),
    ),
    (
        "related_links",
        _lines(
            rf"(?:related|see also|also read|read also|read next|read more|recommended|you may (?:also )?(?:like|be interested in)|more (?:on this|from|stories|on)|don['’]t miss|most (?:read|popular)|trending(?: now)?|must read|up next)(?:\s?[:：|]{_REST}| (?:articles?|stories|posts?|news|links?|topics?|content|coverage|reading){_REST})?",
            rf"(?:lesen sie (?:auch|hier)|lesen sie auch|auch interessant|mehr zum thema|das könnte sie (?:auch )?interessieren|zum thema|passend dazu|siehe auch|weitere (?:artikel|themen|nachrichten)|meistgelesen)(?:\s?[:：|]{_REST})?",
            rf"(?:lire aussi|à lire aussi|à lire également|voir aussi|sur le même sujet|lee también|lea también|te puede interesar|ver también|mira también|más información|noticias relacionadas|leia também|veja também|leggi anche|lees ook|læs også|les også|läs också|czytaj też|zobacz też|přečtěte si|čtěte také|ayrıca okuyun|ilgili haberler|читайте также|читайте також|по теме|baca juga|関連記事|相关阅读|相關新聞|관련기사|اقرأ أيضا?ً?)(?:\s?[:：|]{_REST})?",
        ),
    ),
    (
        "caption",
        _lines(
            r"(?:(?:image|photo|picture|pic|photograph|photos)(?: (?:credits?|source|by|courtesy(?: of)?))?|foto(?:s|graf(?:ie|ía)?)?|bild(?:quelle)?|fotoğraf|фото|kuva|zdjęcie|crédit(?: photo)?s?|imagen|写真|图片|사진)\s?[:：/©].{1,200}",
            r"(?:©|\(c\)|copyright) ?.{1,60}(?:getty|reuters|afp|shutterstock|istock|imago|picture alliance|epa|unsplash|alamy).{0,60}",
            r"(?:getty images|shutterstock|istock|imago|picture alliance|unsplash|alamy)(?:[ /|].{0,60})?",
        ),
    ),
    (
        "widget",
        _lines(
            r"(?:advertisement|advertising|sponsored(?: content)?|anzeige|werbung|publicité|publicidad|publicidade|pubblicità|advertentie|annonce|reklama|reklam|реклама|広告|广告|إعلان)(?: .{0,40})?",
            r"(?:random post|recent posts|popular posts|tags?|categories|archives?|search|loading|please wait)(?:\s?[:：].{0,200})?",
            r"(?:empfohlener|externer) (?:redaktioneller |externer )?inhalt.{0,60}|an dieser stelle (?:finden sie|befindet sich|steht) .{0,300}inhalt.{0,200}|ich bin damit einverstanden, dass mir .{0,300}|link zum \S+-inhalt",
            r"(?:this content is (?:hosted by|not available)|to (?:view|see|display) this (?:content|video|post)|view this post on \w+|play video|watch (?:the )?video|listen to (?:this )?article|your browser does not support).{0,200}",
            r"(?:wie hat ihnen dieser artikel gefallen|was this article (?:helpful|useful)|durchschnittliche bewertung).{0,60}",
        ),
    ),
)
_APPEAL = _in_any_case(
    r"(?:support (?:our|independent|quality) (?:work|journalism|reporting)|become a (?:member|supporter|subscriber)|make a donation|donate (?:now|today)"
    r"|subscribe (?:now|today)|sign up for (?:our|the) .{0,40}newsletter"
    r"|journalismus braucht|unterstützen sie (?:uns|unsere)|deine unterstützung|(?:links|rechts) bekämpfen|jetzt (?:spenden|abonnieren)|wie hat ihnen dieser artikel gefallen"
    r"|soutenez|faites un don|abonnez-vous|apoya (?:nuestro|el) periodismo|hazte socio|apoie o jornalismo|sostieni|steun (?:ons|onze)"
    r"|leave a (?:reply|comment)|your email address will not be published)",
)
_BYLINE = _in_any_case(
    r"(?:by|written by|story by|reported by|von|par|por|di|door|af|av|tekst|text|autore?|author|auteur|redakce|autor(?:ka|in)?|автор|текст|yazan|haber)\s*:?\s+"
    r"(?=\S*[^\W\d_])(?:[^\s.!?]+\.?\s*){1,8}(?:[|•·,-].{0,40})?\Z",
)
_DATED = _in_any_case(
    r"(?:(?:first |last )?(?:published|updated|posted|modified)|veröffentlicht|aktualisiert|publiée?|mise? à jour|publicad[oa]|a[ct]tualizad[oa]"
    r"|pubblicat[oa]|aggiornat[oa]|gepubliceerd|opublikowan[oaey]|опубликован[оа]?|обновлено|опубліковано|оновлено|yayınlanma|güncelleme)\b[^\d.!?]{0,20}\d"
)
_TRAILER = _in_any_case(
    r"(?:^|[.!?…\]”\"»)。]\s*|\s{1,3})(?P<trailer>"
    r"the post .{1,200}? (?:appeared first|first appeared|was first published) (?:on|in|at) .{1,100}"
    r"|der beitrag .{1,200}? erschien zuerst auf .{1,100}|l['’]article .{1,200}? est apparu en premier sur .{1,100}"
    r"|la entrada .{1,200}? (?:se publicó primero en|aparece primero en) .{1,100}|o post .{1,200}? apareceu primeiro em .{1,100}"
    r"|[\[(]?(?:continue reading|read more|read the (?:full|rest|whole) [a-z ]{3,20}|keep reading|weiterlesen|lire la suite|leer más|seguir leyendo"
    r"|leia mais|continue lendo|leggi tutto|continua a leggere|lees (?:meer|verder)|czytaj (?:więcej|dalej)|devamını oku|читать далее|читать полностью|続きを読む|阅读全文)"
    r"[^.!?…]{0,80}[\])]?)[\s.…»→>]*\Z",
)
_DISCLAIMER = _in_any_case(
    r"no editorial intervention|not been (?:edited|created|reviewed) by .{1,80}(?:staff|team|desk|editors)|auto-?generated from|(?:from|via) a syndicated (?:news )?feed"
    r"|published from a (?:wire|news) agency|automatisch (?:von|aus) .{1,80} (?:übernommen|veröffentlicht)|editoryal müdahale|hiçbir (?:editör|editoryal)"
    r"|wurde (?:nicht|von der redaktion nicht) (?:redaktionell )?bearbeitet|sin intervención editorial|sans intervention de la rédaction|senza alcun intervento redazionale",
)
# Two of these in one paragraph say the same.
_SIGNS = _in_any_case(
    r"(?P<automatic>(?:posted|published|added|imported|generated|translated) (?:on (?:our|this) (?:web)?site )?automatically|automatically (?:posted|published|added|imported|generated)|otomatik olarak)"
    r"|(?P<legal>legal (?:addressee|responsibility)|hukuki (?:muhatab|sorumlu)\w*|(?:not|nor) (?:responsible|liable) for (?:the|its|any) content|views expressed .{1,60} not .{1,60} (?:ours|of this))"
    r"|(?P<unedited>unedited|without (?:any )?(?:editing|changes|editorial)|except for the headline|(?:barring|apart from) the headline)"
    r"|(?P<agency>(?:news )?agenc(?:y|ies) that (?:published|provided)|as it comes from|ajans(?:lar)?)",
)
# One of these is in whatever the patterns above find in a paragraph that is not short.
HINTS = (
    *(
        "appeared",
        "was first",
        "zuerst",
        "primero",
        "primeiro",
        "reading",
        "read more",
        "read the",
        "weiterlesen",
        "lire ",
        "leer",
        "leyendo",
    ),
    *(
        "leia ",
        "lendo",
        "legg",
        "lees ",
        "czytaj",
        "oku",
        "sembra",
        "verscheen",
        "pochodzi",
        "newsletter",
        "inhalt",
        "mail",
        "image:",
        "photo",
    ),
    *(
        "foto",
        "bild:",
        "getty",
        "imago",
        "istock",
        "subscribe",
        "sign up",
        "lettre",
        "canal",
        "briefing",
        "browser",
        "this content",
        "to view",
    ),
    *(
        "lesen sie",
        "edit",
        "redak",
        "redaz",
        "automati",
        "syndicated",
        "agenc",
        "legal ",
        "hukuki",
        "otomatik",
        "headline",
        "ajans",
        "liable",
    ),
)
# The same in other scripts and with accents.
ACCENTED_HINTS = (
    *(
        "публик",
        "впервые",
        "фото",
        "читать",
        "читайте",
        "続きを読む",
        "阅读全文",
        "写真",
        "图片",
        "사진",
        "crédit",
        "zdjęcie",
        "boletín",
        "à lire",
    ),
    *("également", "también", "éditori", "rédaction"),
)
_ALL_HINTS = (*HINTS, *ACCENTED_HINTS)
_ANY_HINT = AhoCorasick(_ALL_HINTS)
