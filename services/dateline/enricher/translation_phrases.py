"""The words with which texts say that they were translated, in the languages that much news is written in."""

from __future__ import annotations

import re

__all__ = [
    "CALQUES",
    "CREDITS",
    "DENIAL",
    "FROM_LANGUAGE",
    "LANGUAGE_FIRST",
    "LANGUAGE_STEMS",
    "MACHINE",
    "PERSON",
    "SENTENCES",
    "STEMS",
]

# What every sentence and calque below holds in a language, in lower case; looked for first, since few texts hold any.
STEMS = {
    "en": ("translat", "legal addressee", "last minute"),
    "de": (
        "übersetz",
        *(
            f"aus dem {name}"
            for name in ("eng", "fra", "rus", "spa", "ita", "chi", "ara", "ukr", "per", "tür", "pol", "nie", "jap", "por", "kor")
        ),
    ),
    "fr": ("tradu",),
    "es": ("tradu",),
    "pt": ("tradu",),
    "it": ("tradott", "traduz"),
    "ro": ("tradu",),
    "nl": ("vertaal", "vertaling"),
    "sv": ("översatt", "översätt"),
    "no": ("oversatt", "oversett"),
    "da": ("oversat", "oversæt"),
    "pl": ("tłumacz", "tłum."),
    "cs": ("přelož", "překlad"),
    "sk": ("prelož", "preklad"),
    "ru": ("перевод", "перевед", "перевел", "перевёл"),
    "uk": ("перекла",),
    "tr": ("çevril", "çeviri", "çeviren", "tercüme"),
    "ar": ("ترجم",),
    "fa": ("ترجم",),
    "zh": ("翻译", "翻譯", "译自", "譯自", "译者", "譯者", "编译", "編譯"),
    "ja": ("翻訳", "訳:", "訳：", "訳者"),
    "ko": ("번역",),
    "ms": ("terjemah",),
    "vi": ("được dịch", "người dịch", "dịch bởi", "dịch từ"),
    "el": ("μετάφρ", "μεταφρ"),
    "hi": ("अनुवाद",),
    "hu": ("fordít",),
    "fi": ("käännet", "käännös", "suomenno", "suomennet"),
    "he": ("תרג", "תורג"),
    "th": ("แปล",),
}

# A sentence about this very text. The gaps are bounded and hold no end of a sentence.
_GAP, _REST = r"[^.!?。！？\n]{0,90}?", r"[^.!?。！？\n]{0,160}[.。]?"
SENTENCES = [
    re.compile(f"(?<!\\w)(?:{subject}){_GAP}(?:{verb}){_REST}", re.IGNORECASE)
    for subject, verb in (
        (
            r"this (?:news )?(?:article|story|text|report|post|page|content|interview|piece|item|essay|translation|version)",
            r"\btranslat(?:ed(?!\s+into\s+(?:\d|many|several|more|other|dozens|multiple|all))|ion\b)",
        ),
        (r"diese[rs]? (?:artikel|beitrag|text|bericht|meldung|inhalt|seite|interview|übersetzung)", r"\bübersetz(?:t|ung)\b"),
        (r"(?:cet article|ce texte|ce contenu|cette page|cet entretien|cette dépêche|cette version)", r"\btradu(?:it|ction)"),
        (r"(?:est[ea]) (?:artículo|texto|nota|contenido|noticia|página|entrevista|versión)", r"\btradu(?:cid|cción)"),
        (r"(?:est[ea]) (?:artigo|texto|conteúdo|matéria|notícia|página|reportagem|entrevista|versão)", r"\btradu(?:zid|ção)"),
        (r"quest[oa] (?:articolo|testo|contenuto|notizia|pagina|intervista|versione)", r"\b(?:tradott[oa]|traduzione)\b"),
        (r"(?:dit|deze) (?:artikel|bericht|verhaal|tekst|pagina|interview|vertaling)", r"\bverta(?:ald|ling)\b"),
        (r"(?:den här|denna|detta) (?:artikeln?|texten?|sidan?|innehållet?)", r"(?:översatt|översättning)"),
        (r"(?:denne|dette) (?:artikkelen|artiklen|artikel|saken|teksten|siden|innholdet|indhold)", r"overs(?:att|at|ettelse|ættelse)\b"),
        (r"(?:ten|niniejszy) (?:artykuł|tekst|materiał|wywiad)", r"\b(?:przetłumaczon|tłumaczeni)"),
        (r"tento (?:článek|článok|text|rozhovor|obsah)", r"\bp[řr]e(?:ložen|klad)"),
        (r"(?:эта статья|этот (?:текст|материал|перевод)|данн(?:ая статья|ый (?:текст|материал))|статья)", r"\b(?:перевед[её]н|перевод)"),
        (r"(?:ця стаття|цю статтю|цей (?:текст|матеріал)|стаття)", r"\bпереклад"),
        (r"bu (?:haber|makale|yazı|metin|içerik|röportaj|sayfa)", r"\b(?:çevril|çeviri|tercüme)"),
        (
            r"(?:هذا (?:المقال|النص|التقرير|الخبر|المحتوى)|هذه (?:المادة|المقالة|الصفحة)|تم(?:ت)? ترجمة (?:هذا|هذه))",
            r"(?:ترجم|المقال|النص|الخبر|المادة)",
        ),
        (r"این (?:مقاله|گزارش|متن|مطلب|خبر)", r"ترجمه"),
        (r"(?:本文|本報導|本报道|此文|本篇|本文章|此内容|本内容)", r"(?:翻[译譯]|[译譯]自|編譯自|编译自|机[翻器]|訳)"),
        (r"(?:この|本)(?:記事|文章|ページ|コンテンツ)", r"(?:翻訳|訳)"),
        (r"(?:이|본) (?:기사|글|콘텐츠|페이지)", r"번역"),
        (r"(?:artikel|berita|teks|konten|laporan) ini", r"\bditerjemah"),
        (r"bài (?:viết|báo|dịch) này", r"\bdịch\b"),
        (r"(?:το (?:παρόν )?(?:άρθρο|κείμενο)|αυτό το (?:άρθρο|κείμενο))", r"(?:μεταφρ|μετάφρ)"),
        (r"(?:यह|इस) (?:लेख|खबर|ख़बर|समाचार|रिपोर्ट)", r"अनुवाद"),
        (r"(?:כתבה|מאמר|ידיעה) ז(?:ו|ה|את)", r"תרג"),
        (r"(?:บทความ|ข่าว|เนื้อหา)นี้", r"แปล"),
        (r"acest (?:articol|text|material|interviu)", r"\btradu"),
        (r"ezt? a (?:cikk|szöveg|írás)\w*", r"fordít"),
        (r"tämä (?:artikkeli|juttu|teksti|uutinen)", r"(?:käänn|suomen)"),
    )
]

# A line that is nothing but a credit.
CREDITS = [
    re.compile(rf"^\W{{0,3}}(?:{opening}).*$", re.IGNORECASE)
    for opening in (
        r"(?:(?:machine|automatically)[ -])?translated(?: from [\w ]{3,40}?)? (?:by|from|with|using)\b",
        r"translat(?:ion\s*:|ion (?:by|from)\b|or\s*:)",
        r"(?:machine|automatic|ai)[ -]translat(?:ed|ion)\b",
        r"(?:aus dem \w+ (?:übersetzt )?von\b|übersetzt (?:von|aus|mit)\b|übersetzung\s*:|übersetzung (?:von|aus)\b|maschinell übersetzt)",
        r"(?:traduit (?:de |du |par |automatiquement)|traduction\s*:|traduction (?:par|de l|du|automatique)\b)",
        r"(?:traducid[oa] (?:del? |por |automáticamente)|traducción\s*:|traducción (?:por|del?|automática)\b)",
        r"(?:traduzid[oa] (?:d[oe] |por |automaticamente)|tradução\s*:|tradução (?:por|d[eo]|automática)\b)",
        r"(?:tradott[oa] (?:da|dal|dall['’]|automaticamente)|traduzione\s*:|traduzione (?:di|dal|dall['’]|automatica))",
        r"(?:vertaald (?:door|uit)\b|vertaling\s*:|vertaling (?:door|uit)\b)",
        r"(?:översatt (?:av|från)\b|översättning\s*:)",
        r"(?:oversatt (?:av|fra)\b|oversat (?:af|fra)\b|overs(?:ett|ætt)else\s*:)",
        r"(?:tłumaczenie\s*:|przetłumaczył[a-z]*\b|tłumaczył[a-z]*\b|tłum\.)",
        r"(?:přeložil[a-z]*\b|překlad\s*:|preložil[a-z]*\b|preklad\s*:)",
        r"(?:перевод\s*:|перевод с \w+|перев[её]л(?:а|и)?\s)",
        r"(?:переклад\s*:|переклад з \w+|переклал(?:а|и)?\s)",
        r"(?:çeviri\s*:|çeviren\s*:|tercüme\s*:)",
        r"(?:ترجمة\s*:|ترجمه\s*:|مترجم\s*:|المترجم\s*:)",
        r"(?:翻[译譯]\s*[:：]|[译譯]者\s*[:：]|[译譯]自|翻訳\s*[:：]|訳\s*[:：]|訳者\s*[:：])",
        r"번역(?:자)?\s*[:：=]",
        r"(?:diterjemahkan (?:oleh|dari)\b|penerjemah\s*:)",
        r"(?:người dịch\s*:|dịch bởi\b)",
        r"(?:μετάφραση\s*:|अनुवादक?\s*:|traducerea?\s*:|fordította\s*:|fordítás\s*:|käännös\s*:|suomennos\s*:)",
    )
]

MACHINE = re.compile(
    r"machine|autom[aá]t|\bai\b|artificial intelligence|google|deepl|software|chatgpt|"
    r"\bki\b|künstlich|maschinell|\bia\b|inteligencia artificial|"
    r"inteligência artificial|intelligenza artificiale|intelligence artificielle|kunstmatige|maskin|kunstig|maszynow|sztuczn|strojov|"
    r"машин|нейросет|автомат|искусственн|штучн|otomatik|makine|yapay zek|آلي|الآلي|الاصطناعي|ماشینی|مصنوعی|机器|機器|機械|人工|自动|自動|"
    r"기계|인공지능|자동|mesin|kecerdasan buatan|tự động|trí tuệ|αυτόματ|τεχνητ|मशीन|स्वचालित|कृत्रिम|\bgépi\b|kone|tekoäly",
    re.IGNORECASE,
)
# A name of two capitalised words, or any in scripts without capitals, after a word for `by` or a colon.
PERSON = re.compile(
    r"(?:\b(?i:by|von|par|por|da|di|door|av|af|oleh|bởi)|[:：=]|\b(?i:przetłumaczył|tłumaczył|přeložil|preložil|перев[её]л|переклал)\w*)\s+"
    r"(?:[^\W\d_a-zа-я][\w.'’-]+(?: (?:de|da|van|von|der|al|bin|ben|le|la))*(?: [^\W\d_a-zа-я][\w.'’-]*)+"
    r"|[\u0590-\u06ff\u0900-\u0dff\u3040-\u9fff\uac00-\ud7a3])"
    r"|(?:[译譯]者|翻[译譯]|翻訳|訳|번역)\s*[:：]\s*\w",
)
DENIAL = re.compile(
    r"(?<!\w)(?:not|never|nicht|n['’]a pas|no (?:fue|ha|está)|não|non (?:è|e)|niet|inte|ikke|nie|не|değil|لم|未)(?!\w)", re.IGNORECASE
)

FROM_LANGUAGE = re.compile(
    r"(?:\b(?:from(?: the)?(?: original)?|aus dem|du|del|do|dal|uit het|från|fra|z(?: języka)?|с|з|dari(?: bahasa)?|từ tiếng)\s+|"
    r"\bde l['’]\s?|\bdall['’]\s?|\b(?:عن|من|از)\s+|[译譯]自\s*|[从從])(\w{1,20})",
    re.IGNORECASE,
)
# Where the language stands before the word for `from`: Turkish, Korean, Japanese, Chinese.
LANGUAGE_FIRST = re.compile(
    r"\b(\w+?)[cç][ea]['’]?d[ea]n\b|\b(\w+?)어(?:에서|를|로)|([\u30a0-\u30ff\u4e00-\u9fff]+?)[語语](?:から|版|の|原)"
)
# How the name of a language begins, in the languages that such notes are written in.
LANGUAGE_STEMS = {
    "en": (
        "영",
        "engl",
        "anglais",
        "inglés",
        "inglês",
        "inglese",
        "engels",
        "angiel",
        "англ",
        "ingiliz",
        "الإنجليز",
        "الانجليز",
        "انگلیس",
        "英",
        "inggris",
        "anh",
    ),
    "es": (
        "스페인",
        "spani",
        "spanish",
        "espagnol",
        "español",
        "espanhol",
        "spagnol",
        "spaans",
        "spansk",
        "hiszpa",
        "испан",
        "іспан",
        "ispanyol",
        "الإسبان",
        "西",
    ),
    "fr": (
        "프랑스",
        "fren",
        "franz",
        "français",
        "francés",
        "francês",
        "francese",
        "frans",
        "franc",
        "француз",
        "fransız",
        "الفرنس",
        "فرانس",
        "法",
    ),
    "de": (
        "독일",
        "german",
        "deutsch",
        "allemand",
        "alemán",
        "alemão",
        "tedesco",
        "duits",
        "tysk",
        "niemiec",
        "немец",
        "німец",
        "alman",
        "الألمان",
        "آلمان",
        "德",
    ),
    "it": ("ital", "итал", "італ", "الإيطال", "ایتال", "意"),
    "pt": ("portug", "португ", "portekiz", "البرتغال", "葡"),
    "ru": ("러시아", "russ", "russe", "ruso", "rosyj", "русск", "росій", "rus", "الروس", "روس", "俄"),
    "tr": ("turk", "türk", "turc", "турец", "турец", "التركي", "ترک", "土"),
    "ar": ("arab", "араб", "العربي", "عرب", "阿"),
    "zh": ("중국", "chin", "китай", "çince", "الصيني", "چین", "中", "汉", "漢"),
    "ja": ("일본", "japan", "japon", "giapp", "япон", "الياباني", "ژاپن", "日"),
    "ko": ("korea", "corea", "coré", "корей", "كوري", "韓", "韩"),
    "uk": ("ukrain", "ucran", "ucrain", "украин", "україн", "烏", "乌"),
    "fa": ("persian", "farsi", "persisch", "persan", "персид", "الفارسي"),
    "pl": ("pol", "польс"),
    "nl": ("dutch", "niederl", "neerland", "holand", "oland", "nederl"),
}

# What a literal translation of a language's set phrases into English leaves behind, by that language.
CALQUES = {
    "tr": (
        re.compile(r"\bLast[ -]Minute\b(?=.{0,80}\b(?:news|headlines?|events|developments)\b)", re.IGNORECASE),  # "Son Dakika"
        re.compile(r"\blegal addressees? of (?:the|this|these) \w+", re.IGNORECASE),  # "hukuki muhatap"
    ),
}
