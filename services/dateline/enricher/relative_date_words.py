"""The words of relative dates in 34 languages, as patterns; `relative_dates.py` says how they are read.

Of each language: `plain` are words that say when as seen from the day of publication; `calendar` are days and months, which do so
only where no year stands beside them. A pattern begins with a letter or digit as it stands inside a sentence, and ends at the end of a word.
A length of time (the next five years) is none, nor is a word that also means a time in general (nowadays, recently).
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["LANGUAGES", "Words"]


class Words(NamedTuple):
    """Patterns of one language. `spaced` tells whether words stand apart; `ends` is what must follow one.

    `rejected` is what the word before and what was found must not be together.
    """

    plain: tuple[str, ...]
    calendar: tuple[str, ...] = ()
    rejected: str | None = None
    spaced: bool = True
    # A sign that is written inside a word of an Indic script is no word character to `re`.
    ends: str = r"(?![\w\u0300-\u036f\u0900-\u0dff])"


_DAY = r"\d{1,2}(?![\d.,:%/])"
_SOME = r"\d{1,3}"


def _numbers(words: str) -> str:
    return f"(?:{'|'.join(words.split())}|{_SOME})"


def _any(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


# ── Germanic ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_EN_MONTH = _any("January February March April May June July August September October November December")
_EN_WEEKDAY = _any("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_EN_PERIOD = _any("year month week weekend quarter spring summer autumn fall winter")
_EN_PART = _any("morning afternoon evening night")
_EN_OWN = r"(?:the|his|her|its|their|my|our|your|whose|\S*['’]s)"
_EN_NAMED = _any("Times Telegraph Mirror Mail Express Post Herald Night Nights School")
_ENGLISH = Words(
    plain=(
        rf"last (?:{_EN_PERIOD}|night)(?! of\b)",
        rf"this (?:{_EN_PERIOD}|morning|afternoon|evening)(?! of\b)",
        rf"next {_EN_PERIOD}(?! of\b)",
        r"yesterday",
        r"today(?!['’]s)",
        r"tomorrow(?!['’]s)",
        r"tonight",
        (
            rf"(?:an?|{_numbers('one two three four five six seven eight nine ten eleven twelve several')}|a few) "
            r"(?:year|month|week|day|hour|decade)s? ago"
        ),
        (
            rf"after (?:(?:almost|nearly|about|over|more than|less than|some|just) )?"
            rf"(?:an?|{_numbers('one two three four five six seven eight nine ten several')}) (?:year|month|week|day)s? of "
            r"(?:war|fighting|conflict|crisis|occupation|siege|blockade|negotiations|talks|protests|strikes?|drought|lockdown)"
        ),
    ),
    calendar=(
        # A month may be a person (Theresa May, April Jones).
        (
            rf"(?:in|since|until|till|early|late|mid|last|this|next|through|by|from|end of|beginning of|start of)[ -]{_EN_MONTH}(?! [A-Z])"
            r"(?<!by May)(?<!from May)"
        ),
        rf"(?:on )?(?:last |next )?{_EN_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?![\d.:%])",
        rf"(?:on )?\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_EN_MONTH}",
        rf"(?:on|last|this|next|until|till|since|by|late|early) {_EN_WEEKDAY}(?: {_EN_PART})?(?! {_EN_NAMED})",
        rf"{_EN_WEEKDAY} {_EN_PART}",
        rf"{_EN_WEEKDAY}(?=[.,;)](?!\w)| (?:that|in|at|after|as|when|during|with|for|by|following|morning)\b)",
    ),
    # A day that stands alone follows a verb (he said Monday); "Good Friday" and "a Monday" do not.
    rejected=rf"{_EN_OWN} (?:last|next) |(?:every|each|any|an?|the|per|to|through|(?-i:\S*[^a-z\s]\S*)|) {_EN_WEEKDAY}$|(?:every|each) \d",
)
_DE_MONTH = _any("Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember")
_DE_WEEKDAY = (
    rf"{_any('Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonnabend Sonntag')}(?:abend|morgen|nachmittag|vormittag|mittag|nacht)?"
)
_DE_PERIOD = r"(?:Woche|Nacht|Jahr(?:e?s)?|Monats?|Wochenendes?|Sommers?|Winters?|Frühjahrs?|Frühlings?|Herbst(?:e?s)?|Quartals?)"
_GERMAN = Words(
    plain=(
        r"heute",
        r"gestern",
        r"vorgestern",
        r"morgen",
        r"übermorgen",
        *(rf"{turn}[nmrs]? {_DE_PERIOD}" for turn in ("letzte", "vergangene", "vorige", "kommende", "nächste", "diese")),
        (
            rf"vor {_numbers('einem einer zwei drei vier fünf sechs sieben acht neun zehn elf zwölf wenigen einigen mehreren')} "
            r"(?:Jahr(?:en)?|Monat(?:en)?|Wochen?|Tag(?:en)?|Stunden?|Jahrzehnt(?:en)?)"
        ),
    ),
    calendar=(
        rf"(?:im|seit|ab|bis|bis zum|Anfang|Mitte|Ende) {_DE_MONTH}",
        rf"(?:am |vom |zum |bis |ab |seit )?\d{{1,2}}\. {_DE_MONTH}",
        rf"(?:am|seit|bis|ab|vom|bis zum|kommenden|vergangenen|letzten|nächsten|diesen) {_DE_WEEKDAY}",
    ),
    rejected=r"(?:bis|noch|von) heute",
)
_NL_MONTH = _any("januari februari maart april mei juni juli augustus september oktober november december")
_NL_WEEKDAY = rf"{_any('maandag dinsdag woensdag donderdag vrijdag zaterdag zondag')}(?:avond|ochtend|middag|nacht|morgen)?"
_DUTCH = Words(
    plain=(
        *(
            "morgen",
            "gisteren",
            "gisteravond",
            "eergisteren",
            "vandaag",
            "overmorgen",
            "vanavond",
            "vannacht",
            "vanmorgen",
            "vanochtend",
            "vanmiddag",
        ),
        *(rf"{turn} (?:week|maand|zomer|winter|lente|herfst|nacht)" for turn in ("deze", "vorige", "volgende", "afgelopen", "komende")),
        *(rf"{turn} (?:jaar|weekend|weekeinde|voorjaar|najaar)" for turn in ("dit", "vorig", "volgend", "afgelopen", "komend")),
        rf"{_numbers('een één twee drie vier vijf zes zeven acht negen tien enkele')} (?:jaar|jaren|maand|maanden|week|weken|dag|dagen|uur) geleden",
    ),
    calendar=(
        rf"(?:in|sinds|vanaf|tot|eind|begin|half) {_NL_MONTH}",
        rf"(?:op )?{_DAY} {_NL_MONTH}",
        rf"(?:op|afgelopen|vorige|komende|aanstaande|sinds|tot|vanaf) {_NL_WEEKDAY}",
        _NL_WEEKDAY,
    ),
    rejected=r"(?:elke|iedere|de|deze|een) (?:morgen|\w+dag)",
)
_SV_MONTH = _any("januari februari mars april maj juni juli augusti september oktober november december")
_SV_WEEKDAY = r"(?:mån|tis|ons|tors|fre|lör|sön)dag"
_SWEDISH = Words(
    plain=(
        *("i ?går", "i ?dag", "i ?morgon", "i förrgår", "i ?natt", "i ?kväll", "i fjol", "i år", "i morse"),
        r"förra (?:veckan|året|månaden|sommaren|vintern|hösten|våren|helgen)",
        r"nästa (?:vecka|år|månad|sommar|vinter|höst|vår)",
        r"den här (?:veckan|månaden)",
        r"denna (?:vecka|månad)",
        r"i (?:somras|vintras|höstas|våras|helgen)",
        rf"för {_numbers('ett en två tre fyra fem sex sju åtta nio tio några')} (?:år|månader|månad|veckor|vecka|dagar|timmar) sedan",
    ),
    calendar=(
        rf"i {_SV_MONTH}",
        rf"(?:den )?{_DAY} {_SV_MONTH}",
        rf"(?:på|i) {_SV_WEEKDAY}(?:en|s|ens)?(?:kväll(?:en)?|morgon(?:en)?)?",
        rf"{_SV_WEEKDAY}(?:en|s)",
    ),
)
_DANISH_MONTH = _any("januar februar marts mars april maj mai juni juli august september oktober november december")
_DANISH_WEEKDAY = (
    r"(?:mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag)(?:en|s)?(?: (?:aften|kveld|morgen|formiddag|eftermiddag|ettermiddag))?"
)
_DANISH_NORWEGIAN = Words(
    plain=(
        *("i ?går", "i ?dag", "i morgen", "i forgårs", "i fjor", "i år", "i aften", "i kveld", "i natt?", "i morges"),
        r"(?:sidste|siste) (?:år|uge|måned|sommer)",
        r"forrige (?:uke|uge|måned|år|sommer)",
        r"(?:næste|neste) (?:år|uge|uke|måned|sommer)",
        r"denne (?:uge|uken|uka|måned|måneden)",
        r"(?:i fjor|sidste) (?:sommer|vinter|høst|vår)",
        (
            rf"for {_numbers('et ett en to tre fire fem seks syv sju otte åtte ni ti noen få')} "
            r"(?:år|måneder|måned|uger|uker|uge|uke|dage|dager|timer) siden"
        ),
    ),
    calendar=(
        rf"i {_DANISH_MONTH}",
        rf"(?:den )?\d{{1,2}}\. {_DANISH_MONTH}",
        rf"(?:på |i )?{_DANISH_WEEKDAY}",
    ),
    rejected=r"(?:hver|en) \w+dag",
)

# ── Romance ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_FR_MONTH = _any("janvier février mars avril mai juin juillet août septembre octobre novembre décembre")
_FR_WEEKDAY = _any("lundi mardi mercredi jeudi vendredi samedi dimanche")
_FRENCH = Words(
    plain=(
        *("hier", "avant-hier", "demain", "après-demain"),
        r"aujourd['’]hui",
        r"ce (?:matin|soir|week-end|mois-ci)",
        r"cet (?:été|hiver|automne|après-midi)",
        r"cette (?:semaine|année|nuit)(?! de\b)",
        r"(?:la )?semaine (?:dernière|passée|prochaine)",
        r"l['’](?:an|été|hiver|automne) (?:dernier|passé|prochain)",
        r"l['’]année (?:dernière|passée|prochaine)",
        r"(?:le |du |au )(?:mois|week-end|printemps|trimestre) (?:dernier|passé|prochain)",
        (
            rf"il y a {_numbers('un une deux trois quatre cinq six sept huit neuf dix quelques plusieurs')} "
            r"(?:an|ans|années?|mois|semaines?|jours?|heures?)"
        ),
    ),
    calendar=(
        rf"(?:en|depuis|fin|début|mi|jusqu['’]en)[ -]{_FR_MONTH}",
        rf"(?:{_FR_WEEKDAY} )?{_DAY}(?:er)? {_FR_MONTH}",
        rf"1er {_FR_MONTH}",
        rf"{_FR_WEEKDAY}(?! (?:gras|saint|noir))(?: (?:dernier|prochain|matin|soir|après-midi))?",
        rf"(?:le |au |du ){_FR_WEEKDAY} (?:dernier|prochain)",
    ),
    rejected=rf"(?:les?|chaque|du|au|un|des) {_FR_WEEKDAY}",
)
_ES_MONTH = _any("enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre")
_ES_WEEKDAY = _any("lunes martes miércoles jueves viernes sábado domingo")
_SPANISH = Words(
    plain=(
        *("ayer", "anteayer", "anoche"),
        r"hoy(?! en día)(?! por hoy)",
        r"mañana",
        r"esta (?:semana|mañana|tarde|noche|madrugada)",
        r"este (?:año|mes|fin de semana|verano|otoño|invierno|trimestre)",
        r"(?:la )?semana (?:pasada|próxima|que viene)",
        r"(?:la )?(?:pasada|próxima) (?:semana|noche|primavera)",
        r"(?:el |del |al )(?:año|mes|verano|otoño|invierno|fin de semana) (?:pasado|próximo|que viene)",
        r"(?:el |del |al )?(?:pasado|próximo) (?:año|mes|verano|otoño|invierno|fin de semana)",
        (
            rf"hace {_numbers('un una dos tres cuatro cinco seis siete ocho nueve diez unos unas varios varias pocos pocas algunos')} "
            r"(?:años?|mes|meses|semanas?|días?|horas?)"
        ),
    ),
    calendar=(
        rf"(?:en|desde|hasta|a finales de|a principios de|a mediados de) {_ES_MONTH}",
        rf"(?:el )?(?:{_ES_WEEKDAY} )?(?:pasado )?(?:próximo )?{_DAY} de {_ES_MONTH}",
        rf"(?:el |este |del )(?:pasado |próximo )?{_ES_WEEKDAY}(?! (?:santo|negro))(?: pasado| próximo)?",
    ),
    rejected=r"(?:la|de|cada|media|una|el|del|hasta) (?:mañana|hoy)",
)
_PT_MONTH = _any("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro")
_PT_WEEKDAY = r"(?:segunda|terça|quarta|quinta|sexta)-feira"
_PORTUGUESE = Words(
    plain=(
        *("ontem", "anteontem", "amanhã"),
        r"hoje(?! em dia)",
        *(rf"{turn} (?:semana|manhã|tarde|noite|madrugada)" for turn in ("esta", "nesta", "desta")),
        *(rf"{turn} (?:ano|mês|fim de semana|verão|inverno|trimestre)" for turn in ("este", "neste", "deste")),
        r"(?:na |da |a )?semana (?:passada|que vem)",
        r"(?:na |da |a )?(?:próxima|última) semana",
        r"(?:no |do |o )?(?:ano|mês|verão|fim de semana) (?:passado|que vem)",
        r"(?:no |do |o )(?:próximo|último) (?:ano|mês|fim de semana)",
        (
            rf"há {_numbers('um uma dois duas três quatro cinco seis sete oito nove dez alguns algumas poucos')} "
            r"(?:anos?|mês|meses|semanas?|dias?|horas?)(?! que\b)"
        ),
    ),
    calendar=(
        rf"(?:em|desde|até|no fim de|no final de|no início de) {_PT_MONTH}",
        rf"(?:dia )?{_DAY} de {_PT_MONTH}",
        rf"(?:na |nesta |esta |desta |da |última |próxima ){_PT_WEEKDAY}",
        r"(?:no|neste|este|deste|último|próximo) (?:sábado|domingo)",
    ),
    rejected=r"(?:até hoje|o amanhã)",
)
_IT_MONTH = _any("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre")
_IT_WEEKDAY = _any("lunedì martedì mercoledì giovedì venerdì sabato domenica")
_ITALIAN = Words(
    plain=(
        *("ieri", "domani", "dopodomani", "stamattina", "stamani", "stamane", "stasera", "stanotte"),
        r"oggi(?! come oggi)",
        r"l['’]altro ieri",
        r"quest['’](?:anno|estate|autunno|inverno)",
        r"questa (?:settimana|mattina|sera|notte|primavera)",
        r"questo (?:mese|fine settimana|weekend)",
        r"(?:la )?settimana (?:scorsa|prossima)",
        r"l['’](?:anno|estate|autunno|inverno) (?:scorso|scorsa|prossimo|prossima)",
        r"(?:il |nel |del )(?:mese|weekend) (?:scorso|prossimo)",
        rf"(?:lo |nello |dello )scorso (?:anno|mese|weekend|fine settimana|{_IT_MONTH})",
        r"(?:la |della |nella )(?:scorsa|prossima) (?:settimana|notte|estate|primavera)",
        r"(?:il |nel |del )prossimo (?:anno|mese|weekend|fine settimana)",
        (
            rf"{_numbers('un una due tre quattro cinque sei sette otto nove dieci pochi poche alcuni alcune qualche')} "
            r"(?:anno|anni|mese|mesi|settimana|settimane|giorno|giorni|ora|ore) fa"
        ),
    ),
    calendar=(
        rf"(?:a|ad|in|da|dallo scorso|fine|inizio|metà) {_IT_MONTH}",
        rf"(?:il |dal |del |al |dello |lo )?(?:{_IT_WEEKDAY} )?{_DAY} {_IT_MONTH}",
        rf"{_IT_WEEKDAY}(?! santo)(?: scorso| scorsa| prossimo| prossima| mattina| sera)?",
    ),
    rejected=rf"(?:ad oggi|(?:il|ogni|del|al|la|di|una?) {_IT_WEEKDAY}$)",
)
_RO_MONTH = _any("ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie")
_ROMANIAN = Words(
    plain=(
        *("ieri", "azi", "astăzi", "mâine", "alaltăieri", "poimâine", "aseară", "diseară"),
        r"anul (?:trecut|acesta|viitor)",
        r"săptămâna (?:trecută|aceasta|asta|viitoare)",
        r"luna (?:trecută|aceasta|viitoare)",
        (
            rf"acum {_numbers('un o doi două trei patru cinci șase şase șapte opt nouă zece câțiva câteva')} "
            r"(?:an|ani|lună|luni|săptămână|săptămâni|zile|ore)"
        ),
    ),
    calendar=(
        rf"(?:în|din|până în) {_RO_MONTH}",
        rf"(?:pe )?{_DAY} {_RO_MONTH}",
        r"(?:marți|miercuri|joi|vineri|sâmbătă|duminică)",
    ),
    rejected=r"(?:de|fiecare|o) ",
)

# ── Slavic ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_RU_MONTH = _any("января февраля марта апреля мая июня июля августа сентября октября ноября декабря")
_RUSSIAN = Words(
    plain=(
        *("вчера", "позавчера", "сегодня", "завтра", "послезавтра"),
        r"на (?:прошлой|этой|следующей|минувшей|будущей|текущей) неделе",
        r"в (?:прошлом|этом|следующем|минувшем|нынешнем|текущем|будущем) (?:году|месяце)",
        r"(?:прошлым|этим) летом",
        r"(?:прошлой|этой|минувшей) (?:зимой|осенью|весной|ночью)",
        r"(?:год|неделю|месяц|день|час) назад",
        (
            rf"{_numbers('два две три четыре пять шесть семь восемь девять десять несколько полтора')} "
            r"(?:года|лет|месяца|месяцев|недели|недель|дня|дней|часа|часов) назад"
        ),
    ),
    calendar=(
        r"в (?:январе|феврале|марте|апреле|мае|июне|июле|августе|сентябре|октябре|ноябре|декабре)",
        rf"(?:до |с |к )?{_DAY} {_RU_MONTH}",
        r"(?:в|во) (?:понедельник|вторник|среду|четверг|пятницу|субботу|воскресенье)",
    ),
)
_UK_MONTH = _any("січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня")
_UKRAINIAN = Words(
    plain=(
        *("вчора", "учора", "позавчора", "сьогодні", "завтра", "післязавтра", "торік", "цьогоріч"),
        r"(?:минулого|цього|наступного) (?:року|тижня|місяця|літа)",
        r"(?:минулої|цієї|наступної) (?:ночі|зими|осені|весни)",
        r"(?:рік|тиждень|місяць|день) тому(?!,? що)",
        (
            rf"{_numbers('два дві три чотири п[’‘ʼ]ять шість сім вісім десять кілька')} "
            r"(?:роки|років|місяці|місяців|тижні|тижнів|дні|днів|години|годин) тому"
        ),
    ),
    calendar=(
        r"[ув] (?:січні|лютому|березні|квітні|травні|червні|липні|серпні|вересні|жовтні|листопаді|грудні)",
        rf"(?:до |з |із )?{_DAY} {_UK_MONTH}",
        r"[ув] (?:понеділок|вівторок|середу|четвер|п['’ʼ]ятницю|суботу|неділю)",
    ),
)
_PL_MONTH = _any("stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia")
_POLISH = Words(
    plain=(
        *("wczoraj", "przedwczoraj", "dziś", "dzisiaj", "jutro", "pojutrze"),
        r"w (?:zeszłym|ubiegłym|minionym|przyszłym|tym|bieżącym) (?:roku|tygodniu|miesiącu)",
        r"(?:zeszłego|ubiegłego|tego|przyszłego) (?:roku|lata|tygodnia|miesiąca)",
        r"(?:rok|tydzień|miesiąc|dzień) temu",
        (
            rf"{_numbers('dwa dwie trzy cztery pięć sześć siedem osiem dziewięć dziesięć kilka')} "
            r"(?:lata|lat|miesiące|miesięcy|tygodnie|tygodni|dni|godziny|godzin) temu"
        ),
    ),
    calendar=(
        r"w (?:styczniu|lutym|marcu|kwietniu|maju|czerwcu|lipcu|sierpniu|wrześniu|październiku|listopadzie|grudniu)",
        rf"(?:od |do |na początku |pod koniec ){_PL_MONTH}",
        rf"(?:od |do )?{_DAY} {_PL_MONTH}",
        r"(?:w|we) (?:poniedziałek|wtorek|środę|czwartek|piątek|sobotę|niedzielę)",
    ),
)
_CS_MONTH = _any("ledna února března dubna května června července srpna září října listopadu prosince")
_CZECH = Words(
    plain=(
        *("včera", "předevčírem", "dnes", "zítra", "pozítří", "loni", "vloni", "letos"),
        r"(?:minulý|tento|příští) (?:týden|měsíc|rok|víkend)",
        r"(?:minulého|příštího) (?:týdne|měsíce|roku)",
        r"před (?:rokem|týdnem|měsícem|hodinou)",
        rf"před {_numbers('dvěma třemi čtyřmi pěti šesti sedmi osmi deseti několika pár')} (?:lety|roky|měsíci|týdny|dny|hodinami)",
    ),
    calendar=(
        r"v (?:lednu|únoru|březnu|dubnu|květnu|červnu|červenci|srpnu|září|říjnu|listopadu|prosinci)",
        rf"\d{{1,2}}\. {_CS_MONTH}",
        r"(?:v|ve) (?:pondělí|úterý|středu|čtvrtek|pátek|sobotu|neděli)",
    ),
)
_CROATIAN = Words(
    plain=(
        *("jučer", "juče", "prekjučer", "prekjuče", "danas", "sutra", "prekosutra", "sinoć", "večeras", "lani", "jutros"),
        r"(?:prošle|ove|iduće|sljedeće|sledeće|naredne) (?:godine|sedmice|nedelje|nedjelje|zime|jeseni|noći)",
        r"(?:prošlog|ovog|idućeg|sljedećeg|sledećeg) (?:tjedna|mjeseca|meseca|ljeta|leta|vikenda)",
        (
            rf"(?:prije|pre) {_numbers('dvije dve tri četiri pet šest deset nekoliko')} "
            r"(?:godine|godina|dana|mjeseca|mjeseci|meseca|meseci|sedmice|nedelje|tjedna|sata|sati)"
        ),
        r"(?:prije|pre) (?:godinu|godinu dana|mjesec|mesec)",
    ),
    calendar=(r"u (?:ponedjeljak|ponedeljak|utorak|srijedu|sredu|četvrtak|petak|subotu|nedjelju|nedelju)",),
)
_BG_MONTH = _any("януари февруари март април май юни юли август септември октомври ноември декември")
_BULGARIAN = Words(
    plain=(
        *("вчера", "онзи ден", "днес", "утре", "вдругиден", "снощи", "довечера"),
        r"(?:миналата|тази|следващата|идната) (?:година|седмица|нощ|есен|зима|пролет)",
        r"(?:миналия|този|следващия) месец",
        rf"преди {_numbers('две два три четири пет шест десет няколко')} (?:години|месеца|седмици|дни|часа)",
        r"преди (?:година|седмица|месец)",
    ),
    calendar=(
        rf"(?:през|от|до) {_BG_MONTH}",
        rf"(?:на )?{_DAY} {_BG_MONTH}",
        r"(?:в|във) (?:понеделник|вторник|сряда|четвъртък|петък|събота|неделя)",
    ),
)

# ── other languages of Europe ────────────────────────────────────────────────────────────────────────────────────────

_EL_MONTH = _any("Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου Δεκεμβρίου")
_EL_MONTH_IN = _any("Ιανουάριο Φεβρουάριο Μάρτιο Απρίλιο Μάιο Ιούνιο Ιούλιο Αύγουστο Σεπτέμβριο Οκτώβριο Νοέμβριο Δεκέμβριο")
_GREEK = Words(
    plain=(
        *("χθες", "χτες", "προχθές", "σήμερα", "αύριο", "μεθαύριο", "φέτος", "πέρυσι", "πέρσι", "απόψε"),
        r"την (?:περασμένη|επόμενη|προηγούμενη) (?:εβδομάδα|χρονιά)",
        r"τον (?:περασμένο|επόμενο|προηγούμενο) (?:μήνα|χρόνο)",
        r"αυτή την εβδομάδα",
        r"αυτόν τον μήνα",
        (
            rf"πριν (?:από )?{_numbers('έναν ένα δύο τρία τρεις τέσσερα τέσσερις πέντε έξι επτά οκτώ δέκα λίγες λίγα μερικές')} "
            r"(?:χρόνια|χρόνο|μήνες|μήνα|ημέρες|μέρες|εβδομάδες|ώρες)"
        ),
    ),
    calendar=(
        rf"τον (?:περασμένο )?{_EL_MONTH_IN}",
        rf"(?:στις )?{_DAY} {_EL_MONTH}",
        r"(?:τη|την) (?:Δευτέρα|Τρίτη|Τετάρτη|Πέμπτη|Παρασκευή|Κυριακή)",
        r"το Σάββατο",
    ),
)
_HU_MONTH = _any("január február március április május június július augusztus szeptember október november december")
_HUNGARIAN = Words(
    plain=(
        *("tegnap", "tegnapelőtt", "ma", "holnap", "holnapután", "idén", "tavaly", "jövőre"),
        r"(?:múlt|jövő) (?:héten|hónapban|évben)",
        r"(?:ezen a héten|ebben a hónapban|a hétvégén)",
        rf"{_numbers('egy két három négy öt hat hét nyolc kilenc tíz néhány')} (?:évvel|hónappal|héttel|nappal|órával) ezelőtt",
    ),
    calendar=(
        rf"{_HU_MONTH}(?:ban|ben)",
        rf"{_HU_MONTH} \d{{1,2}}-[áaéeijt]\w{{0,2}}",
        r"(?:hétfőn|kedden|szerdán|csütörtökön|pénteken|szombaton)",
    ),
)
_FINNISH = Words(
    plain=(
        *("eilen", "toissapäivänä", "tänään", "huomenna", "ylihuomenna", "viime yönä", "tänä iltana"),
        r"viime (?:viikolla|vuonna|kuussa|kesänä|talvena|syksynä|keväänä|viikonloppuna)",
        r"tällä viikolla",
        r"tässä kuussa",
        r"tänä (?:vuonna|kesänä|talvena|syksynä|keväänä|viikonloppuna)",
        r"ensi (?:viikolla|vuonna|kuussa|kesänä|talvena|syksynä|keväänä|viikonloppuna)",
        rf"{_numbers('kaksi kolme neljä viisi kuusi seitsemän kahdeksan kymmenen muutama')} (?:vuotta|kuukautta|viikkoa|päivää|tuntia) sitten",
        r"(?:vuosi|viikko|kuukausi|muutama päivä) sitten",
    ),
    calendar=(
        r"(?:tammi|helmi|maalis|huhti|touko|kesä|heinä|elo|syys|loka|marras|joulu)kuussa",
        r"\d{1,2}\. (?:tammi|helmi|maalis|huhti|touko|kesä|heinä|elo|syys|loka|marras|joulu)kuuta",
        r"(?:maanantaina|tiistaina|keskiviikkona|torstaina|perjantaina|lauantaina|sunnuntaina)",
    ),
)
_TR_MONTH = _any("Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık")
_TURKISH = Words(
    plain=(
        *("dün", "bugün", "yarın", "dün gece", "dün akşam", "evvelsi gün"),
        r"geçen (?:yıl|sene|hafta|ay|yaz|kış|pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar)",
        r"geçtiğimiz (?:yıl|hafta|ay|yaz|kış)",
        r"bu (?:yıl|sene|hafta|ay|sabah|akşam|gece|yaz|kış|hafta sonu)",
        r"(?:gelecek|önümüzdeki) (?:yıl|sene|hafta|ay|yaz)",
        rf"{_numbers('bir iki üç dört beş altı yedi sekiz dokuz on birkaç')} (?:yıl|ay|hafta|gün|saat) önce",
    ),
    calendar=(
        rf"{_DAY} {_TR_MONTH}(?:['’]\w{{1,3}})?",
        rf"{_TR_MONTH}(?: ayında|['’][dt][ae])",
        r"(?:pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar) (?:günü|sabahı|akşamı|gecesi)",
    ),
)

# ── Semitic, Iranian, Indic ──────────────────────────────────────────────────────────────────────────────────────────

_AR_DAY = _any("الأحد الاحد الاثنين الإثنين الثلاثاء الأربعاء الاربعاء الخميس الجمعة السبت")
_AR_MONTH = (
    r"(?:يناير|فبراير|مارس|أبريل|ابريل|إبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر"
    r"|كانون (?:الثاني|الأول)|شباط|آذار|نيسان|أيار|حزيران|تموز|آب|أيلول|تشرين (?:الثاني|الأول))"
)
_ARABIC = Words(
    plain=(
        *("أمس", "غدا", "غداً", "البارحة", "مساء اليوم", "صباح اليوم"),
        r"اليوم(?! ال)",
        r"(?:العام|الشهر|الأسبوع|الاسبوع|الصيف|الشتاء) (?:الماضي|المقبل|القادم|الجاري|الحالي)",
        r"(?:السنة|الليلة) (?:الماضية|المقبلة|القادمة|الجارية|الحالية)",
        r"هذا (?:العام|الشهر|الأسبوع)",
        r"هذه (?:السنة|الليلة)",
        r"قبل (?:عام|عامين|سنة|سنتين|شهر|شهرين|أسبوع|أسبوعين|يوم|يومين|أيام|أشهر|أسابيع)",
        (
            rf"(?:قبل|منذ) {_numbers('ثلاثة ثلاث أربعة أربع خمسة خمس ستة ست سبعة سبع ثمانية تسعة عشرة عشر بضعة')} "
            r"(?:أعوام|سنوات|أشهر|شهور|أسابيع|أيام|ساعات|عاما|سنة)"
        ),
    ),
    calendar=(
        rf"(?:في|منذ|حتى|خلال) (?:شهر )?{_AR_MONTH}",
        rf"{_DAY} {_AR_MONTH}",
        rf"(?:يوم|اليوم|أمس|مساء|صباح|فجر|ليلة) {_AR_DAY}(?: (?:الماضي|المقبل|القادم))?",
    ),
    rejected=r"(?:في|هذا|ذلك|منذ|نفس) اليوم",
)
_FA_WEEKDAY = r"(?:شنبه|یک[\s\u200c]?شنبه|دو[\s\u200c]?شنبه|سه[\s\u200c]?شنبه|چهار[\s\u200c]?شنبه|پنج[\s\u200c]?شنبه|جمعه)"
_PERSIAN = Words(
    plain=(
        *("دیروز", "پریروز", "امروز", "فردا", "دیشب", "امشب", "امسال", "پارسال"),
        r"(?:سال|هفته|ماه|شب) (?:گذشته|آینده|جاری)",
        r"این هفته",
        rf"{_numbers('یک دو سه چهار پنج شش هفت هشت نه ده چند')} (?:سال|ماه|هفته|روز|ساعت) (?:پیش|قبل)",
    ),
    calendar=(rf"روز {_FA_WEEKDAY}",),
    rejected=rf"{_numbers('یک دو سه چهار پنج شش هفت هشت نه ده چند')} \w+ (?:گذشته|آینده)",
)
_HEBREW = Words(
    plain=(
        *("אתמול", "שלשום", "מחר", "מחרתיים", "אמש", "הערב", "הלילה", "אשתקד"),
        r"ב(?:שנה|שבוע|חודש) (?:שעברה|שעבר|הבאה|הבא)",
        r"לפני (?:שנה|שנתיים|חודש|חודשיים|שבוע|שבועיים|יומיים)",
        rf"לפני {_numbers('שלוש שלושה ארבע ארבעה חמש חמישה שש עשר כמה מספר')} (?:שנים|חודשים|שבועות|ימים|שעות)",
    ),
    calendar=(
        r"ב?יום (?:ראשון|שני|שלישי|רביעי|חמישי|שישי)",
        r"ב(?:ינואר|פברואר|מרץ|אפריל|מאי|יוני|יולי|אוגוסט|ספטמבר|אוקטובר|נובמבר|דצמבר)",
    ),
)
_HI_MONTH = _any("जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर")
_HI_WEEKDAY = _any("सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार")
_HINDI = Words(
    plain=(
        *("आज", "कल", "परसों"),
        *(rf"{turn} (?:साल|वर्ष|हफ्ते|सप्ताह|महीने)" for turn in ("पिछले", "इस", "अगले", "बीते")),
        rf"{_numbers('एक दो तीन चार पांच पाँच छह सात आठ नौ दस कुछ')} (?:साल|वर्ष|महीने|हफ्ते|दिन|घंटे) पहले",
    ),
    calendar=(rf"{_HI_WEEKDAY}(?: को)?", rf"{_HI_MONTH} में", rf"{_DAY} {_HI_MONTH}"),
)

# ── East and South-East Asia ─────────────────────────────────────────────────────────────────────────────────────────

_CHINESE = Words(
    plain=(
        *("昨天", "昨日", "昨晚", "明天", "明日(?!之)", "前天", "后天(?!性)", "後天", "今天", "今晚", "今晨", "今早"),
        r"今日(?!头条|頭條|俄罗斯|俄羅斯|美国|美國)",
        *("去年", "今年", "明年", "前年", "本周", "本週", "上周", "上週", "下周", "下週", "这周", "這週", "本月", "上月"),
        *("上个月", "上個月", "下个月", "下個月", "这个月", "這個月", "今春", "今夏", "今秋", "今冬"),
        r"(?:[一两兩二三四五六七八九十几幾数數]{1,3}|\d{1,3})(?:年|个月|個月|周|週|天|星期|小时|小時)前",
    ),
    calendar=(
        r"(?<!每)[本上下这這]?(?:周|週|星期|礼拜|禮拜)[一二三四五六日天](?![至到]|[个個期])",
        r"(?<![\d年./-])\d{1,2}月(?:\d{1,2}[日号號]|份|初|底|中旬|上旬|下旬)",
        r"(?<![\d年./-])\d{1,2}月(?![\d份])(?=[，,、在至到，])",
        r"(?<![\d月至到-])\d{1,2}[日号號](?=[，,、在电電上下晚凌对對表说說讯訊])",
    ),
    spaced=False,
    ends="",
)
_JAPANESE = Words(
    plain=(
        *("昨日", "一昨日", "明日(?!香)", "昨夜", "昨晩", "今朝", "今夜", "今晩", "きのう", "きょう(?!だい)", "あした", "おととい"),
        r"今日(?!的)",
        *("昨年", "去年", "今年", "来年", "一昨年", "先週", "今週", "来週", "先月", "今月", "来月"),
        *("今春", "今夏", "今秋", "今冬", "昨春", "昨夏", "昨秋", "来春"),
        r"[一二三四五六七八九十数\d][一二三四五六七八九十\d]{0,2}(?:年|か月|カ月|ヶ月|週間|日|時間)前",
    ),
    calendar=(
        r"[月火水木金土日](?<!毎週.)曜日?",
        r"\d(?<![\d年./-]\d)\d?月(?:\d{1,2}日|上旬|中旬|下旬|末|初め)?(?![号曜間\d])",
        r"\d(?<![\d月〜~./-]\d)\d?日(?=[、，のに午夜朝未])(?!の間)",
    ),
    spaced=False,
    ends="",
)
# Particles stand at the end of a word without a space.
_KOREAN = Words(
    plain=(
        *("어제", "그저께", "오늘(?!날)", "내일(?!을 향)", "모레", "지난해", "작년", "올해", "내년", "지난주", "지난달", "어젯밤"),
        *("이번 주", "이번 달", "다음 주", "다음 달", "지난 주말", "지난 여름", "지난 겨울"),
        r"(?:한|두|세|네|다섯|몇|\d{1,3}) ?(?:년|달|개월|주|일|시간|해) 전",
    ),
    calendar=(
        r"(?:지난|오는) \d{1,2}(?:월|일)(?! ?(?:간|동안))",
        r"\d{1,2}월(?: \d{1,2}일)?",
        r"[월화수목금토일]요일",
    ),
    rejected=r"매주 ",
    ends="",
)
_ID_MONTH = _any("Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember Mac Julai Ogos Disember")
_ID_WEEKDAY = _any("Senin Selasa Rabu Kamis Jumat Jum'at Sabtu Minggu Isnin Khamis Ahad")
_INDONESIAN = Words(
    plain=(
        *("kemarin", "kelmarin", "semalam", "hari ini", "besok", "esok", "lusa", "tadi malam", "tadi pagi"),
        *(rf"{period} (?:lalu|ini|depan)" for period in ("minggu", "pekan", "tahun", "bulan")),
        r"(?:malam|pagi|sore|siang) ini",
        (
            rf"{_numbers('satu dua tiga empat lima enam tujuh delapan lapan sembilan sepuluh beberapa')} "
            r"(?:tahun|bulan|minggu|pekan|hari|jam) (?:yang )?(?:lalu|silam)"
        ),
        r"(?:setahun|sebulan|seminggu|sepekan) (?:yang )?(?:lalu|silam)",
    ),
    calendar=(
        rf"(?:pada|sejak|hingga|akhir|awal|pertengahan) (?:bulan )?{_ID_MONTH}",
        rf"(?:pada |tanggal )?{_DAY} {_ID_MONTH}",
        rf"hari {_ID_WEEKDAY}",
        # Minggu is Sunday and a week.
        rf"pada (?!Minggu){_ID_WEEKDAY}",
    ),
)
_VIETNAMESE = Words(
    plain=(
        *("hôm qua", "hôm nay", "hôm kia", "ngày mai", "ngày kia", "tối qua", "đêm qua", "sáng nay", "chiều nay", "tối nay"),
        r"năm (?:ngoái|nay|tới|sau)",
        r"tuần (?:trước|này|sau|tới)",
        r"tháng (?:trước|này|sau|tới)",
        r"cuối tuần (?:này|qua|trước|tới)",
        rf"{_numbers('một hai ba bốn năm sáu bảy tám chín mười vài')} (?:năm|tháng|tuần|ngày|giờ) trước(?! đó)",
    ),
    calendar=(r"(?:ngày )\d{1,2}/\d{1,2}(?![/\d-])", r"(?:ngày \d{1,2} )?tháng \d{1,2}(?![/\d.-])"),
    rejected=rf"{_numbers('một hai ba bốn năm sáu bảy tám chín mười vài mấy nhiều')} (?:năm|tháng|tuần) (?:trước|sau|tới)",
)

LANGUAGES: dict[str, Words] = {
    "ar": _ARABIC,
    "bg": _BULGARIAN,
    "bs": _CROATIAN,
    "cs": _CZECH,
    "da": _DANISH_NORWEGIAN,
    "de": _GERMAN,
    "el": _GREEK,
    "en": _ENGLISH,
    "es": _SPANISH,
    "fa": _PERSIAN,
    "fi": _FINNISH,
    "fr": _FRENCH,
    "he": _HEBREW,
    "hi": _HINDI,
    "hr": _CROATIAN,
    "hu": _HUNGARIAN,
    "id": _INDONESIAN,
    "it": _ITALIAN,
    "ja": _JAPANESE,
    "ko": _KOREAN,
    "ms": _INDONESIAN,
    "nb": _DANISH_NORWEGIAN,
    "nl": _DUTCH,
    "nn": _DANISH_NORWEGIAN,
    "pl": _POLISH,
    "pt": _PORTUGUESE,
    "ro": _ROMANIAN,
    "ru": _RUSSIAN,
    "sr": _CROATIAN,
    "sv": _SWEDISH,
    "tr": _TURKISH,
    "uk": _UKRAINIAN,
    "vi": _VIETNAMESE,
    "zh": _CHINESE,
}
