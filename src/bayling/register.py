"""The form of address of a text: formal (Sie, vous, usted …) or informal (du, tu, tú …).

Decided by words alone: pronouns, possessives and the verb forms that say it safely. Precision goes
first, since training data is built on it: what only a reader could decide is left open, as German
`Sie haben` at the beginning of a sentence, Spanish and Portuguese `su` and `seu`, or an imperative
that is also a noun. A plural that serves both counts where it mostly belongs: French `vous`,
Italian `voi` and Russian `вы` are formal, German `ihr` and Spanish `vosotros` informal; Portuguese
`você` is informal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Literal

from bayling import languages, markup

Register = Literal["formal", "informal"]

# Set in front of every word that begins a sentence, whose first letter becomes a small one: what
# the beginning of a sentence writes with a capital has said nothing by it.
_MARK = "¶"
_BLOCK = re.compile(r"</?(?:p|br|div|li|ul|ol|dl|d[dt]|h[1-6]|t[dhr])\b[^<>]*>", re.IGNORECASE)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
# What stands in front of a sentence: better taken for one once too often, since a capital within a
# sentence is evidence. A small letter begins only lines.
_BEGINNING = re.compile(
    r"(?:(?P<line>\A|\n)|[.!?…][\"”»’')\]]* |[:;\"“„”«»‘(\[{•*|>→/] ?|[¿¡]|(?<!\w)'|(?<!\w)[-–—] )"
    r"[\W_]{0,40}(?P<first>[^\W\d_])"
)

# One regular expression a line, for whole words; an indented line goes on with the one above it.
# ¶ is the beginning of a sentence; lines that begin with # are comments. Small letters match no
# capitals: within a sentence these make names, and whole words of them abbreviations.
_FORMAL: dict[str, str] = {}
_INFORMAL: dict[str, str] = {}
# Words that an ending below would take for a verb.
_OTHERS: dict[str, str] = {}

_FORMAL["de"] = r"""
Sie|Ihnen|Ihr|Ihrerseits|Ihretwegen
Ihre[mnrs]?(?! (?:Königliche|Majestät|Exzellenz|Hoheit|Heiligkeit|Durchlaucht))
# At the beginning it may be 'they' and 'her': only what nobody says of others.
¶sie haben (?:\w+ )?(?:keine|nicht die|nicht genügend) (?:\w+ )?(?:Berechtigung(?:en)?|Rechte?)
¶sie sind (?:nicht|bereits|jetzt|nun|derzeit) (?:berechtigt|angemeldet|eingeloggt|abgemeldet)
¶sie (?:müssen|können) (?:sich (?:zuerst|erst|jetzt|nun|hier)|angemeldet|eingeloggt)
¶ihr(?:e[mnrs]?)? (?:Passwort|Kennwort|Benutzername|Benutzerkonto|Browser|Warenkorb)
"""

_INFORMAL["de"] = r"""
# 'du' in French names
[Dd]u(?! (?:Soleil|Pont|Preez|Plessis|Toit|Maurier|Bois|Nord|Sud|Louvre|Rhône|Mont|Monde|Lac))
[Dd]ich|[Dd]ir(?!\])|[Dd]ein(?:e[mnrs]?)?|[Dd]einetwegen|[Dd]einerseits
[Ee]uch|[Ee]uer(?! (?:Ehren|Gnaden))
[Ee]ure[mnrs]?(?! (?:Königliche|Majestät|Exzellenz|Hoheit|Heiligkeit|Durchlaucht))
# Verbs of 'du' that are of nobody else
hast|bist|kannst|willst|musst|mußt|weißt|sollst|darfst|wirst|magst|möchtest|würdest|könntest
solltest|müsstest|dürftest|hättest|wärst|wärest|warst|hattest|wolltest|konntest|musstest|wurdest
siehst|gehst|kommst|machst|brauchst|findest|denkst|glaubst|meinst|nimmst|gibst|sprichst|fährst
hilfst|bekommst|stehst|bleibst|fühlst|kennst|sagst|suchst|hörst|schaust
# … and of 'ihr'
habt|seid|könnt|wollt|müsst|müßt|dürft|wisst|werdet|wart|hattet|möchtet|würdet|könntet|solltet
hättet|wärt|wäret|müsstet|konntet|wolltet|musstet|durftet
# Imperatives; those in -e may be 'I', as in 'Lösche Dateien …', and some are nouns.
gib|nimm|lies|sieh|hilf|wirf|vergiss|vergiß|triff|lass|lasst|laßt
¶(?:bitte )?(?:komm|geh|hör|sag|denk|erzähl|probier|(?:klick|schau|mach) (?:hier|mal|dir|mit))
¶(?:klicke|wähle|tippe|drücke|erzähle|gehe|probiere)(?![^¶]*(?:…|\.\.\.))
¶(?:achte (?:auf|darauf)|stelle (?:sicher|dich|dir)|denke (?:an|daran)|folge (?:den|dem|uns))
¶besuche (?:uns|unsere|die|den|das)
[Bb]itte (?:aktiviere|aktualisiere|ändere|beachte|benutze|bestätige|entferne|erstelle|fülle|füge)
[Bb]itte (?:installiere|klicke|konfiguriere|kontaktiere|korrigiere|lade|logge|lösche|melde|nutze)
[Bb]itte (?:öffne|prüfe|registriere|schließe|schreibe|sende|setze|speichere|starte|stelle|trage)
[Bb]itte (?:überprüfe|versuche|verwende|wähle|warte|wende)
"""

_FORMAL["fr"] = r"""
(?<![Rr]endez-)vous|votre|vos|vôtres?
êtes|¶(?:ne )?(?:faites|dites)|(?:faites|dites)-(?!vous)\w+
# Every verb in -ez; 'Allez !' is a cry.
(?!allez ?[,!])[a-zàâçèéêëîïôùûœ]+ez(?!-vous)
"""

_INFORMAL["fr"] = r"""
(?<!s'est )(?<!s'était )tu|te|toi|(?<!-)t'[a-zà-ÿ]\w*|ta|tes
# No tone of voice
(?<! le )(?<! un )(?<!'un )(?<! du )(?<! ce )(?<! au )(?<! son )(?<! quel )(?<!même )ton
    (?= [\w«"])(?! (?:de|du|des|est|et|ou|qui|que|plus|moins|très|sur|pour|dans|à|au|en|a|se)\b)
(?:le|du|au) tien|(?:les|des|aux) tiens|(?:la|à la|de la) tienne|(?:les|des|aux) tiennes
(?:aide|dis|donne|explique|fais|laisse|montre|parle|raconte)-(?:moi|nous|les?|la)
¶(?:clique|appuie) (?:sur|ici)|¶(?:choisis|saisis) (?:une?|le|la|les)|¶essa(?:ie|ye)
¶(?:écoute|regarde|attends|viens|n'oublie|n'hésite)(?= (?:pas|à|ce|cette|ici|les?|la)\b|[,!])
"""

_OTHERS["fr"] = """
assez chez fez lez merguez nez oyez pez rez
alvarez chavez dominguez fernandez gomez gonzalez gutierrez hernandez jimenez lopez marquez
jemez martinez mendez natchez nunez ordonez perez ramirez rodriguez sanchez suarez vasquez velasquez
"""

_FORMAL["es"] = r"""
usted(?:es)?|[UuVv]ds?\.|Uds?
(?<=¿)¶(?:desea|está segur[oa]|ha olvidado su|olvidó su)|¶si (?:no )?(?:lo )?desea
# Subjunctives that order, where nothing in front of them asks for a subjunctive
(?:¶(?:(?:por favor,? )?no |por favor,? )?|¶(?:para|si|al) [^¶]*, )
    (?:abra|acceda|acepte|acuda|agregue|añada|aplique|asigne|borre|busque|cambie|cargue|complete
    |cierre (?:el|la|esta?|su|los)|compre|compruebe|configure|confirme|consulte|copie|cree una?
    |defina|deje|desactive|descargue|edite|elija|elimine|envíe|escoja|escriba|especifique|espere
    |evite|guarde|haga|imprima|incluya|indique|ingrese|inicie|instale|intente|introduzca|lea|llame
    |mantenga|marque|modifique|mueva|olvide|permita|ponga|proporcione|pruebe|pulse|recuerde|rellene
    |responda|revise|seleccione|siga|suba|suelte|tenga|utilice|vea|verifique|visite|vuelva)
¶(?:disculpe|mire|oiga|perdone)(?=[,.!])
# Pronouns at the end
[a-zñ]*[áéíóú](?:[bcdfghjlmnñprstvxyz]|qu|gu){1,4}[ae]se
(?:ayúde|créa|cuénte|déje|díga|discúlpe|escúche|hága|permíta|perdóne)(?:me|nos)
(?:ábra|cómpre|compruébe|guárde|hága|inténte|pónga|pruébe|úse)l[oa]s?
(?:contácte|escríba|lláme|síga|visíte)nos
¶que (?:tenga una?|le vaya|se divierta)
"""

_INFORMAL["es"] = r"""
tú|ti|contigo|te|tus?|tuy[oa]s?|vosotr[oa]s|(?<![¶`"'])os|vuestr[oa]s?
# Verbs of 'tú' that are of nobody else and no nouns
eres|estás|tienes|puedes|quieres|sabes|haces|dices|debes|vas|ves|das|crees|piensas|vives|conoces
prefieres|entiendes|vienes|pones|sientes|encuentras|recuerdas|necesitas|deseas|trabajas|llevas
pides|sigues|pierdes|eliges|lees|escribes|bebes|aprendes|dejas|hablas|opinas|duermes|olvidas
mencionas|utilizas|empiezas|logras|llegas|buscas|juegas|acabas|gustas|pagas|oyes|traes
has(?= (?:\w+ )?\w+(?:[dt]|ch|st)o\b)
[a-zñí]{2,}rás|[a-zñ]{3,}abas|[a-zñí]{3,}[ai]ste
(?:pod|deb|deber|tendr|podr|har|dir|querr|ser|estar|gustar|habr|sabr|ir|vendr|pondr)ías
querías|tenías|sabías|hacías|decías|habías|veías|creías|vivías|ibas
seas|estés|tengas|puedas|quieras|hagas|digas|sepas|vayas|hayas|veas|necesites|pongas|desees
vuelvas|olvides|dejes|creas|pierdas|preocupes|fueras|tuvieras|pudieras|quisieras|hicieras
estuvieras|supieras|hubieras|tuvieses|diste|fuiste|caíste|leíste|oíste
# … and of 'vosotros'
[a-zñ]+[áé]is|[a-zñ]+steis|sois|decís|venís|salís|vivís|escribís
# Pronouns at the end: regístrate, preguntándote, ayudarte
[a-zñ]*[áéíóú](?:[bcdfghjlmnñprstvxyz]|qu|gu){1,4}[ae]te|[a-zñ]+[áé]ndote|[a-z]{2,}[ai]rte
(?:conoc|cre|entend|hac|le|mov|ofrec|perd|pod|pon|proteg|respond|sab|ten|tra|vend|v|volv)erte
(?:ayúda|cré|cuénta|déja|escúcha|lláma|perdóna)(?:me|nos)|dime|dame|hazme|hazte|hazlo|ponte
(?:inténta|cómpra|compruéba|guárda|pruéba|úsa)l[oa]s?|(?:contácta|escríbe|lláma|visíta)nos
¶haz(?= (?:clic|doble|que|una?|tu|el|la|esto)\b)|ten (?:en cuenta|cuidado|paciencia)
"""

# Words in -rás and -abas, in -aste and -iste, in -rte and -te; what is done by nobody, in -se
_OTHERS["es"] = """
atrás detrás guayabas monosílabas sílabas trabas
aplaste coexiste conquiste consiste contraste desgaste desiste despiste devaste embiste enliste
entreviste guanacaste insiste malgaste persiste preexiste resiste reviste subaste subsiste
aparte baluarte coarte comparte contraparte departe descarte encarte ensarte estandarte harte
imparte infarte intérprete marte multiparte parte reparte
añádase compárese cuéntase cítese dícese dígase entiéndase hágase indíquese llámase nótese obsérvese
tómese trátase téngase úsese váyase
"""

_FORMAL["it"] = r"""
(?:Lei|Sue)(?! [A-Z])|Suoi|Su[oa](?! (?:Maestà|Santità|Eccellenza|Altezza|Eminenza|Signoria)\b)
\w+[aei]r(?:La|Le)|voi|vostr[oaie]
siete|avete|potete|volete|dovete|sapete|avrete|dovrete|potrete|sarete|vorrete|potreste|vorreste
[Ll]a (?:preghiamo|invitiamo|ringraziamo|informiamo)|La (?:prego|ringrazio)
(?:¶l|L)e (?:ricordiamo|consigliamo|chiediamo|comunichiamo|suggeriamo|auguriamo)
# Subjunctives that order
¶(?:non |(?:per|se) [^¶]*, )?(?:attenda|acceda|apra|aspetti|clicchi|digiti|faccia|inserisca
    |legga|prema|riprovi|scelga|scriva|selezioni|si assicuri|si ricordi|specifichi|tenga presente
    |verifichi|(?:controlli|utilizzi) (?:che|se|il|la|le|gli|un[oa]?)|provi (?:a|di nuovo))\b
¶(?:mi (?:dica|scusi|perdoni)|scusi|senta|guardi)(?=[ ,!])
"""

_INFORMAL["it"] = r"""
tu|(?<!fai da )te|ti|tuo|tua|tuoi|tue
# Verbs of 'tu' that are of nobody else and no nouns
hai|puoi|vuoi|devi|sai|fai(?! da te)|vai|stai|eri|avevi|potevi|volevi|dovevi|sapevi|facevi|stavi
(?:non |tu |se |ti |già )sei(?! (?:anni|mesi|giorni|ore|persone|volte|milioni|mila|su|di|e)\b)
sei (?:stat[oa]|sicur[oa]|già|autorizzat[oa]|conness[oa]|pront[oa]|iscritt[oa])
(?:andr|avr|cadr|dovr|potr|sapr|sar|vedr|vivr|vorr|verr|terr|rimarr|far|dar|star|dir)ai
(?:trover|ricever|riuscir|scoprir|utilizzer|user|perder|prender|metter|capir|sentir)ai
(?:potr|vorr|dovr|sar|avr|far|andr|dir|preferir|vedr|sapr)esti
¶(?:scegli|inserisci|scrivi|segui) (?:un[oa]?|un'\w+|il|lo|la|i|gli|le|l'\w+|qui|nel|tra)
¶clicca (?:su|sul|sulla|sui|qui)|¶(?:assicurati|iscriviti|ricordati)|¶fai clic
¶(?:dimmi|dammi|fammi|aiutami|ascolta|ascoltami|guarda|scusa)(?=[ ,!])
# Pronouns at the end
(?:aiut|avvis|contatt|consigli|invi|lasci|mand|mostr|port|preoccup|ricord|trov|parl|spieg)arti
(?:registr|chiam|dimentic|concentr|aspett|prepar|ringrazi|f|d|st)arti
(?:av|ess|ved|sap|chied|mett|prend|permett|rend|scriv|perd|god|sed|iscriv)erti
(?:sent|d|offr|un|divert|segu|vest)irti
"""

_FORMAL["pt"] = r"""
# The gentleman that others speak of is followed by his name or by what tells who he is.
(?:[oa]s?|aos?|às?|d[oa]s?|pel[oa]s?|n[oa]s?) senhor(?:a|es|as)?
    (?= (?:pode|tem|deve|quer|precisa|está|vai|sabe|acha|poderia|gostaria|conhece|deseja|terá
    |poderá|podem|têm|devem|querem|precisam|estão|vão|sabem|acham|gostariam|desejam)\b|\?)
[Vv]ossa (?:Excelência|Senhoria|Majestade|Santidade)|V\. ?(?:Ex[aª]|S[aª])
"""

_INFORMAL["pt"] = r"""
vocês?|tu|te|ti|contigo|teus?|tuas?
# Verbs of 'tu' that are of nobody else and no nouns
tens|podes|queres|estás|sabes|fazes|vais|deves|és|foste|fizeste|tiveste|estiveste|disseste|podias
poderias|deverias|gostarias|terias|[a-zç]{2,}rás
"""

_OTHERS["pt"] = "atrás detrás"

_FORMAL["ru"] = r"""
[Вв](?:ы|ас|ам|ами)|[Вв]аш(?:а|е|и|его|ему|ем|им|ими|их|ей|у)?
# Verbs in -те
[а-яё]+(?:[аеоуюя]й|[бвджзмнрсчш]ь|и)те(?:сь)?|позвольте
[а-яё]+[аяуюе]ете(?:сь)?|[а-яё]*можете|[а-яё]+[внрсд]ёте(?:сь)?
(?:бер|буд|введ|возьм|жив|ид|ищ|найд|начн|пиш|пойд|скаж|стан)ете
"""

_INFORMAL["ru"] = r"""
[Тт](?:ы|ебя|ебе|обой|обою)|[Тт]во(?:й|я|ё|е|и|его|ему|ём|ем|им|ими|их|ей|ю)
[а-яё]{2,}(?:[еиё]шь|шься)
¶(?:давай|нажми|выбери|введи|проверь|попробуй|скажи|посмотри|подожди|напиши|помни)(?=[ ,!])
"""

# Nouns in their sixth case, as in 'в кредите'
_OTHERS["ru"] = """
байте гигабайте инсайте килобайте копирайте мегабайте сайте терабайте флейте
алфавите антраците апатите аппетите банките бандите бите боксите визите габарите гибрите граните
графите дебите дефиците динамите депозите зените иврите ките колорите коммите кредите лимите магните
малахите метеорите митрополите монолите неофите никите нефрите нитрите орбите паразите пирите плите
плебисците профиците профите реквизите рите саммите санскрите сателлите свите семите сите сульфите
сунните термите транзите трилобите фаворите хите щите шиите элите электролите эрудите юните
аппендиците артрите бронхите гастрите гепатите дерматите колите ларингите менингите отите плеврите
простатите синусите стоматите цистите фарингите целлюлите
брешь лишь нишь плешь тишь
"""


def of(text: str, language: str) -> Register | None:
    """The form of address of a text; None where it addresses nobody, or in both forms."""
    found = every(text, language)
    return next(iter(found)) if len(found) == 1 else None


def every(text: str, language: str) -> frozenset[Register]:
    """The forms of address in a text: none, one or both; none in a language without them."""
    language = languages.base(language)
    if language not in _FORMAL:
        return frozenset()
    marked = _marked(text)
    return frozenset(each for each, _ in _found(marked, language))


def _found(marked: str, language: str) -> Iterator[tuple[Register, str]]:
    """The words of address in a marked text."""
    others = _others(language)
    for register, pattern in _patterns(language):
        for match in pattern.finditer(marked):
            if match.group() not in others:
                yield register, match.group()


@cache
def _patterns(language: str) -> tuple[tuple[Register, re.Pattern[str]], ...]:
    # A hyphen joins words, but in French and Portuguese a pronoun to its verb.
    inner = r"\w/=@" if language in {"fr", "pt"} else r"\w/=@-"
    forms: tuple[tuple[Register, str], ...] = (
        ("formal", _FORMAL[language]),
        ("informal", _INFORMAL[language]),
    )
    return tuple(
        (register, re.compile(rf"(?<![.:{inner}])(?:{_alternatives(lines)})(?![{inner}])"))
        for register, lines in forms
    )


@cache
def _others(language: str) -> frozenset[str]:
    return frozenset(_OTHERS.get(language, "").split())


def _alternatives(lines: str) -> str:
    whole = re.sub(r"\n +", "", lines).splitlines()
    return "|".join(line for line in whole if line and not line.startswith("#"))


def _marked(text: str) -> str:
    """The words of a text, the first of each sentence marked and without its capital."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).replace("’", "'")
    text = markup.strip(_BLOCK.sub("\n", text))
    text = re.sub(r"[^\S\n]+", " ", text)
    return _BEGINNING.sub(_mark, text)


def _mark(match: re.Match[str]) -> str:
    first = match["first"]
    if match["line"] is None and not first.isupper():
        return match.group()
    return match.group()[:-1] + _MARK + first.lower()
