"""Common English words, of which benches invent sentences: detectors of languages take them for what they would take news for."""

from __future__ import annotations

__all__ = ["COMMON_WORDS", "FUNCTION_WORDS"]

# Nearly half of what a newspaper prints are these.
_FUNCTION = """
    the of to and a in that is was for on with as by at from which were it he she they his her their its had has have been will
    would but or not an this who after before more than when while about into over under between during since until against
"""
_COMMON = """
    able accept accident account action address adult advice afternoon agreement airport allow almost amount animal announce
    annual answer apartment appear apple area argue army around arrive artist attack attempt author autumn average avoid baby
    balance bank beach beautiful become bedroom begin behind believe better board body border borrow bottom bread breakfast bridge
    brother budget build building business butter camera campaign candidate capital careful carry castle cattle cause center
    certain chairman change chapter cheap children choice church citizen city claim class clear climate clock close coast coffee
    cold collect college comfort common community company compare complete concern condition confirm consider contain continue
    control cook corner cost council count country county couple court cousin cover create crime crowd culture current customer
    damage danger daughter death debate decade decide decision deep defend degree deliver demand department depend describe desert
    design detail develop difference difficult dinner direction disease distance district divide doctor double doubt dream drink
    driver early earth easily east economy education effect effort election electric employ empty encourage energy engine enjoy
    enough enter entire equal escape evening event evidence exactly examine example exercise expect expensive experience explain
    express extra factory failure fair family famous farmer father favorite fear feature federal festival field fight figure final
    finger finish firm fishing flight flood floor flower follow foreign forest forget former forward freedom fresh friend front
    fruit fuel funeral funny future garden gather general gentle glass gold government grand grandfather grass ground group growth
    guard guess guest guide habit half hand happen harbor hardly harvest health heart heavy height help hidden highway history
    holiday home honest hope horse hospital hotel hour house housing however human hundred hungry hunting husband ice idea illness
    imagine immediately importance improve include income increase industry inside instead insurance interest invite iron island
    journey judge justice keep kitchen knowledge labor lady lake land language large late later laugh launch lawyer leader learn
    leave letter level library light limit listen little local lonely long lose lovely lunch machine magazine main major manager
    market marriage master material matter maybe mayor measure meat medicine meeting member memory mention message middle might
    military million minister minute mirror mistake modern moment money month moon morning mother motor mountain mouth move
    movement museum music narrow nation nature nearly necessary neighbor neither network never newspaper night noise north
    northern nothing notice nurse object ocean offer office officer often older open opinion opposite orchard order ordinary
    organize other outside owner page paint paper parent park parliament part partner party passenger past patient pattern peace
    people perhaps period permit person picture piece pilot place plain plan plant plate pleasure plenty pocket point police
    policy political poor popular population position possible potato pound power practice prepare present president press pretty
    prevent price prison private prize probably problem process produce professor program progress promise protect proud provide
    public purpose quality quarter queen question quickly quiet quite rabbit railway rain raise rather reach reader ready real
    reason receive recent record reduce refuse region regular release remain remember remove repair repeat reply report require
    rescue research resident respect rest restaurant result return rice river road roof room rough round rule safety sailor salary
    sand school science season second secret section security seem sentence separate serious serve service settle several shake
    share sharp sheep shelter ship shoes shop short shoulder shout show sick signal silence silver similar simple sister situation
    skill sleep slowly small smile smoke smooth snow society soldier sometimes song sound south southern space speak special
    speech spend spirit spread spring square stage stand station steady stone storm story strange street strike strong student
    study subject success sudden sugar suggest summer support surface surprise sweet swim system table talk tax teacher team
    telephone television tell temperature terrible thank theater thick thing think thousand threat throw ticket timber tired
    together tomorrow tonight tooth total touch toward tower town trade traffic train travel treasure tree trial trouble truck
    trust truth twice uncle understand union university upper useful usually valley value various vegetable village visit visitor
    voice vote wage wait walk wall warm warning wash watch water weather wedding week weight welcome western wheat wheel whether
    whole wide wife wild willing window winter wish within without woman wonder wooden word work worker world worry worth write
    wrong yard year yellow yesterday young
"""
# With forms of each, right or not, two paragraphs share as few words as two of a newspaper do.
_ENDINGS = ("", "s", "ed", "ing")
FUNCTION_WORDS = tuple(_FUNCTION.split())
COMMON_WORDS = tuple(f"{word.removesuffix('e') if ending[1:] else word}{ending}" for word in _COMMON.split() for ending in _ENDINGS)
