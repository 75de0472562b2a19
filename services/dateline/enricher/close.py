"""Words and letters that tell close languages apart, where a text happens to hold one."""

from __future__ import annotations

import re
from collections import Counter

from dateline.enricher.engines import UNKNOWN, Opinion

__all__ = ["FAMILY_OF", "ask_words"]


def ask_words(text: str, family: str) -> Opinion:
    """The language of a family whose own words are in the text most often; unknown when none is or two are alike.

    Of a text in a language outside the family it says next to nothing.
    """
    words, letters = _OWN[family]
    found = Counter(words[word] for word in _WORD.findall(text.casefold()) if word in words)
    for language, own in letters.items():
        found[language] += len(own.findall(text))
    ranked = found.most_common(2)
    if not ranked or not ranked[0][1] or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return Opinion(f"words of {family}", UNKNOWN)
    return Opinion(f"words of {family}", f"{ranked[0][0]}:{min(ranked[0][1], 3) - 1}")


_WORD = re.compile(r"[^\W\d_]+")
# Common words of one language that its neighbours spell or say otherwise.
_WORDS_OF = {
    "hr": """
        tko netko nitko svatko tjedan tjedna tjedni tjedana tjednu vlak sveučilište sveučilišta sveučilištu nogomet nogometni
        nogometaš siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga studenog prosinca
        tijekom tisuća tisuće tisuću tisućama europe europa europi europska europske europski europskog europskoj europsku
        uopće općenito opći izvješće izvješća izvješću izvijestio izvijestila izvijestili priopćenju priopćenje glede unatoč
        sudac sudca suca sucu suci povijest povijesti povijesni povijesna glazba glazbe glazbu glazbeni zrakoplov zrakoplova
        zrakoplovu zračna zračne zračnoj kazališta kazalište nazočnost stožer stožera ravnatelj ravnateljica tvrtka tvrtke
        tvrtku tvrtki tvrtci promidžba otok otoka otoku športa šport športski financija financije financijske financijski
        financijskih milijun milijuna milijuni milijarda milijardi milijarde dužnosnik dužnosnici dužnosnika potpora potporu
        potpore sustav sustava sustavu sustavi znanstvenici znanstvenik znanstvenika prosvjed prosvjeda prosvjedi
        prosvjednici nadalje nadnevak prijam primjerice promet rabiti veleposlanik veleposlanika spolno spolnog spolni spola
        obitelj obitelji časnik odvjetnik odvjetnika odvjetnica djelatnik djelatnici djelatnika sigurnosti sigurnost
        sigurnosne vijeće vijeća vijeću mijenjati sudjelovati sudjelovao kršćanski kršćana tajnik tajnica zaslon računalo
        računala zemljovid izbornik momčad momčadi vratar zamijenio talijanski talijanska španjolski španjolska grčki
    """,
    "bs": """
        sedmica sedmice sedmicu sedmici sedmično hiljada hiljade hiljadu općina historija historije historiji historijski
        historijska uposlenik uposlenici uposlenika uposlenih poslanik ko niko neko svako januara februara marta aprila maja
        juna jula augusta septembra oktobra novembra decembra saopćenje saopćenju saopćio saopćila saopćeno hefta porodica
        porodice porodicu općinski sahat kahva lahko mehko polahko također uredu takođe avion aviona avionu izvještaj
        izvještaja izvještaju univerzitet univerziteta univerzitetu uslov uslovi uslova evropa evrope evropi evropske
        evropski evropskoj evropska sistem sistema sistemu milion miliona milioni fudbal fudbalski fudbalera fudbaler voz
        demonstranti naučnici naučnik naučnika zvaničnik zvaničnici zvaničnika advokat advokata uticaj takmičenje takmičenju
        tokom vijesti vrijeme mjesto
    """,
    "sr": """
        vreme vremena mesto mesta mestu pre posle gde ovde dece deca uvek dve reč reči rečima videti videli videla video želi
        želeo želela pobeda pobede pobedu pobedio pobedila nedelja nedelje nedelju sredu sreda ponedeljak svet sveta svetu
        svetski svetska svetskog celi cela celu celo delo dela deo delu delova čovek čoveka žrtve verovatno verovati veruje
        veruju htela hteo dole uspeh uspeha uspela uspeo leto leta levo levi mleko vest vesti izveštaj izveštaja izveštaju
        saopštenje saopštenju saopštio saopštila saopšteno opština opštine takođe juče sutra lepo lep lepa bezbednost
        bezbednosti bezbednosne nameru namera sledeće sledeći sledeća promene promena primer primera smena izmena rešenje
        rešio rešiti rešenja odelo telo tela devojka devojke devojku devojčica beo bela belo reka reke reci nemački nemačka
        sneg sused susedi susednih zamenik zamenika savet saveta savetnik posete poseta posetu poslednji poslednja poslednje
        poslednjih primetio obezbediti izneo izmeni opšte uopšte ceo cena cene razume razumeti umesto zahtev zahteva zahteve
        zahtevi procena procene sever severni severna severne severnoj izbegao izbegli izbegne odeljenje vređanje razmeštaj
        namerno odgovorio predsednik predsednika predsedniku predsednički predsednica predsednice smela smeo hleb oseća
        osećaj osećaja osetio sećanje seća tvrđenje cilj medicinske povređen povređeno povređeni povređena verovao smešten
    """,
    "id": """
        karena bahwa uang bisa mobil polisi kantor inggris prancis mau bicara gratis beda berbeda sepeda kota senin selasa
        jumat desember agustus oktober november maret april pemerintahan universitas rusia jerman presiden mengatakan ucap
        ujar ujarnya katanya kepada namun saat setelah sebelum selama ketika tersebut pria wanita anda kami kalian cuma cuman
        enggak tidak rumah apa usai badan perusahaan bisnis televisi aktivitas produksi sistem resmi kualitas musim pekan
        sore warga korban tewas pertandingan tim gol pemain pelatih babak penjaga gawang lalu nomor informasi teknologi
        energi listrik kesehatan perawat teman adik kakak pacar bareng ponsel telepon kunci sekadar risiko sopir toko bensin
        kereta keretanya membutuhkan mendapatkan memutuskan mengizinkan izin kesempatan memberikan dilakukan dikatakan juta
        miliar triliun ribu persen mengalami kebutuhan bekerja pekerjaan terkait partai pemilu pilihan
    """,
    "ms": """
        kerana bahawa wang boleh kereta polis pejabat inggeris perancis mahu cakap percuma berbeza basikal bandar isnin
        jumaat disember ogos mac universiti ialah beliau iaitu ianya sahaja jua manakala apabila semasa selepas ketua
        walaupun lelaki perempuan encik puan awak kamu hanyalah tiada mereka hospital syarikat perniagaan televisyen aktiviti
        pengeluaran rasmi kualiti minggu petang mangsa maut perlawanan pasukan jaringan jurulatih pusingan penjaring gol
        nombor maklumat teknologi tenaga elektrik kesihatan jururawat kawan telefon bimbit sekadar risiko pemandu kedai
        petrol juta bilion trilion peratus penduduk pilihan raya parti mesyuarat anggota tentera jeneral jabatan kerajaan
        keputusan berkenaan tersebut sebab membolehkan dijangka ditubuhkan dilaporkan berkata katanya memandangkan terlibat
        musim lagi saiz kesan mengenai menerusi kebanyakan sebagaimana supaya selain malah ketika dalam perkara rusia
        republik perjanjian teruk sewaktu pertama dekad buat ahli ramai banyak
    """,
    "nn": """
        ikkje eg frå ein eit dei me vart korleis kva kvar kvifor kven berre meir saman noko nokon nokre då gjere vere òg ho
        hjå heim gjer seier sidan mykje fleire første fyrste veke vekene år åra kjem kjende fekk gjekk sjølv nye eige eigen
        eiga mellom utan etter millionar kroner personar menneske menneska dykk dykkar hennar deira desse denne dette anten
        både gongen gong gonger einaste heile leiar leiaren spelar spelarar spelte tenkjer trur meiner veit såg høyrde høyrer
        ynskjer ynskje ønskjer vil skal skulle ville kunne måtte lèt veg vegen vegar tysdag laurdag sundag måndag jamfør
        ifylgje ifølgje blei politiet seinare tidlegare framleis vidare dømd døydde drepne drepen funne skriv skriven bilete
        verda verd
    """,
    "nb": """
        ikke jeg fra en et de vi ble hvordan hva hvor hvorfor hvem bare mer sammen noe noen da gjøre være også hun hos hjem
        gjør sier siden mye flere første uke ukene kommer kjente fikk gikk selv egen eget egne uten millioner personer
        mennesker dere deres hennes disse enten gangen gang ganger eneste hele leder lederen spiller spillere spilte tenker
        tror mener vet så hørte hører ønsker vei veien veier tirsdag lørdag søndag mandag ifølge senere tidligere fortsatt
        videre dømt døde drept funnet skriver skrevet bilde verden blir blitt hadde etter mellom
    """,
    "zu": """
        ukuthi futhi kanye uma kodwa lapho ngoba abantu kusho uthe kule njengoba noma lokhu yini kakhulu ngesikhathi phakathi
        kusukela ngemuva
    """,
    "xh": """
        ukuba kwaye kunye xa kodwa apho kuba abantu utsho uthe kule njengoko okanye oku yintoni kakhulu ngexesha phakathi
        ukusuka emva
    """,
}


# Amharic spells the glottal stop otherwise and lacks the spirant of k.
_LETTERS_OF = {"ti": re.compile(r"[ኣቐ-ቝኽኻ]"), "am": re.compile(r"[አ]")}
_FAMILIES = {"hbs": ("bs", "hr", "sr"), "ms": ("id", "ms"), "no": ("nb", "nn"), "nguni": ("xh", "zu"), "ethiopic": ("am", "ti")}
FAMILY_OF = {language: family for family, languages in _FAMILIES.items() for language in languages}


def _own_words(languages: tuple[str, ...]) -> dict[str, str]:
    """Each word that stands in the list of one of the languages only, with that language."""
    lists = {language: set(_WORDS_OF.get(language, "").split()) for language in languages}
    times = Counter(word for words in lists.values() for word in words)
    return {word: language for language, words in lists.items() for word in words if times[word] == 1}


_OWN = {
    family: (_own_words(languages), {language: _LETTERS_OF[language] for language in languages if language in _LETTERS_OF})
    for family, languages in _FAMILIES.items()
}
