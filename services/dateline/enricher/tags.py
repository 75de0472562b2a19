"""Language tags: what was declared in the shortest canonical form, and which languages belong together."""

from __future__ import annotations

import re

__all__ = [
    "SCRIPTS_OF",
    "canonical_language",
    "claimed_languages",
    "declares_traditional",
    "group_of_language",
    "language_of_tag",
    "tag_of",
]


def canonical_language(tag: str) -> str | None:
    """The language of a BCP 47 tag (or of `en_US`, or an ISO 639-2 code) as its shortest code; null when it is none.

    Plain Norwegian is `nb`, Dari is `fa`; regions and scripts are left out.
    """
    found = _LANGUAGE.match(tag.strip())
    if found is None:
        return None
    code = found[1].lower()
    code = _SHORTEST.get(code, code)
    return None if code in _NO_LANGUAGE or (len(code) == _ALPHA_3 and code not in _KNOWN_LONG) else code


def claimed_languages(tag: str) -> tuple[str, ...]:
    """The languages that a declared tag may mean: most often one, two or three for a macrolanguage, none for no language."""
    language = canonical_language(tag)
    if language is None:
        return ()
    return _MACROLANGUAGES.get(language_of_tag(tag.strip().replace("_", "-").lower()), (language,))


def language_of_tag(tag: str) -> str:
    """The language subtag: what stands before the first hyphen."""
    return tag.partition("-")[0]


def tag_of(language: str, script: str | None) -> str:
    """The shortest canonical tag of a language written in `script`: it says the script where that does not go without saying."""
    match language:
        case "zh":
            return "zh-Hant" if script == "Hant" else "zh-Hans"
        case "sr":
            return "sr-Latn" if script == "Latn" else "sr-Cyrl"
    scripts = SCRIPTS_OF.get(language, ("Latn",))
    usual = _USUAL_SCRIPT.get(language, scripts[0])
    return f"{language}-{script}" if script in scripts and script != usual and script not in _UNWRITTEN_SCRIPTS else language


def declares_traditional(tag: str) -> bool:
    """Whether a tag of Chinese means traditional characters, by its script or region."""
    parts = set(re.split(r"[-_]", tag.strip().lower()))
    return "zh" in parts and "hans" not in parts and bool(parts & {"hant", "tw", "hk", "mo"})


def group_of_language(language: str) -> str:
    """Close languages that no text tells apart share a group; any other language is its own."""
    return _GROUPS.get(language, language)


def _table(text: str) -> dict[str, str]:
    """A table written as lines `value: key key …`, by key."""
    lines = (line.partition(":") for line in text.strip().splitlines())
    return {key: value.strip() for value, _, keys in lines for key in keys.split()}


_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?![A-Za-z0-9])")
_ALPHA_3 = 3
_NO_LANGUAGE = frozenset({"un", "xx", "und", "mul", "zxx", "mis"})
# What plain tags stand for that name more than one written language (ISO 639-3).
_MACROLANGUAGES = {"no": ("nb", "nn"), "nor": ("nb", "nn")} | dict.fromkeys(("sh", "hbs"), ("bs", "hr", "sr"))
_GROUPS = _table("""
    hbs: bs hr sr
    ms: id
    no: nb nn
""")

# Codes that are deprecated (IANA language subtag registry), that name a part of a language we take whole, or that have
# two letters in ISO 639-1.
_SHORTEST = _table("""
    af: afr
    ar: ara arb
    az: aze
    be: bel
    bg: bul
    bn: ben
    bs: bos
    ca: cat
    cs: ces cze
    cy: cym
    da: dan
    de: deu ger
    el: ell gre
    en: eng
    es: spa
    et: est ekk
    eu: eus baq
    fa: fas per pes prs
    fi: fin
    fil: tl tgl
    fr: fra fre
    ga: gle
    gl: glg
    gu: guj
    he: iw heb
    hi: hin
    hr: hrv
    hu: hun
    hy: hye arm
    id: in ind
    is: isl ice
    it: ita
    ja: jpn
    jv: jw
    ka: kat geo
    kn: kan
    ko: kor
    lt: lit
    lv: lav lvs
    mk: mkd mac
    ml: mal
    mr: mar
    ms: msa may zsm
    nb: no nor nob
    nl: nld dut
    nn: nno
    pa: pan
    pl: pol
    pt: por
    ro: mo ron rum
    ru: rus
    sk: slk slo
    sl: slv
    sq: sqi alb
    sr: sh srp hbs cnr
    sv: swe
    sw: swa swh
    ta: tam
    te: tel
    th: tha
    tr: tur
    uk: ukr
    ur: urd
    vi: vie
    yi: ji
    zh: zho chi cmn wuu
""")
# Languages without a two-letter code in which news is written or which CLD2 knows.
_KNOWN_LONG = frozenset(
    _table("""
    known: ast arz apc ary bho ceb chr ckb csb dsb fil frr fur gsw hak haw hmn hsb kab kha kmr kok kri lij lmo lua luo lus mai mfe mni
    known: nan nds new nso pam pap pcm rom sah sat sco scn sgs shi skr sma smj srn syr szl tet tok tum vec vro war yue zgh
    """)
)

# Where a language is not, or not only, written in Latin letters; a declaration that contradicts the script is wrong.
SCRIPTS_OF = {
    language: tuple(scripts.split())
    for language, scripts in _table("""
        Arab: fa ps sd ur ug ckb ks arz apc ary ar skr
        Arab Latn Cyrl: az kk ku ky tt
        Arab Latn: ha ms
        Armn: hy
        Beng: as bn
        Beng Mtei: mni
        Cans Latn: iu
        Cher Latn: chr
        Cyrl: ru uk be bg mk ba ce cv os sah ab
        Cyrl Latn: sr bs uz tg tk ro rom
        Cyrl Mong: mn
        Deva: hi mr ne sa mai bho kok new
        Deva Olck: sat
        Ethi: am ti
        Geor: ka
        Grek: el
        Gujr: gu
        Guru Arab: pa
        Hani: zh yue
        Hani Latn: nan
        Hebr: he yi
        Jpan Hani: ja
        Khmr: km
        Knda: kn
        Kore Hani: ko
        Laoo: lo
        Latn Adlm: ff
        Mlym: ml
        Mymr: my
        Orya: or
        Sinh: si
        Syrc: syr
        Taml: ta
        Telu: te
        Tfng: zgh
        Tfng Latn: shi
        Thaa: dv
        Thai: th
        Tibt: bo dz
    """).items()
}

# Of languages that news is printed in with several scripts, the one that goes without saying where it is not the first above.
_USUAL_SCRIPT = (
    dict.fromkeys(("az", "bs", "ha", "ms", "ku", "uz", "tk", "ro", "rom", "shi", "nan"), "Latn")
    | dict.fromkeys(("kk", "ky", "tt"), "Cyrl")
    | {"pa": "Guru"}
)
# Han characters alone say nothing of how Japanese, Korean or Min is written.
_UNWRITTEN_SCRIPTS = frozenset({"Hani"})
