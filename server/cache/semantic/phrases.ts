type Rewriting = readonly [pattern: RegExp, by: string];

/** Short forms and spellings, before anything else is read. */
const SPELLINGS: readonly Rewriting[] = [
  [/[\u2018\u2019\u02bc`´](?=[a-z])/g, "'"],
  [/[\u2013\u2014]/g, " - "],
  [/\u2026/g, " "],
  [/\bwon't\b/g, "will not"],
  [/\bcan't\b|\bcannot\b/g, "can not"],
  [/\bshan't\b/g, "shall not"],
  [/\b(do|does|did|is|are|was|were|has|have|had|would|could|should|must|need)n't\b/g, "$1 not"],
  [/\b(what|who|when|where|why|how|which|it|that|there|here)'s\b/g, "$1 is"],
  [/\blet's\b/g, "let us"],
  [/\b(i)'m\b/g, "$1 am"],
  [/\b(you|we|they|what|who|where)'re\b/g, "$1 are"],
  [/\b(i|you|we|they)'ve\b/g, "$1 have"],
  [/\b(i|you|he|she|it|we|they|that|what|who)'ll\b/g, "$1 will"],
  [/\b(i|you|he|she|we|they)'d\b/g, "$1 would"],
  [/'s\b/g, " "],
  [/s'(?=\s|$)/g, "s "],
  [/\be[- ]mail/g, "email"],
  [/\bwi[- ]fi\b/g, "wifi"],
  [/\b(?:two|2)[- ]?factor(?:[- ]auth(?:entication)?)?\b|\b2fa\b/g, "twofactor"],
  [/\b([a-z]+)-(in|on|out|off|up|down|over|back)\b/g, "$1$2"],
  [/\bmt\.? (?=[a-z])/g, "mount "],
  [/\b([ap])\.\s?m\.?(?=\W|$)/g, "$1m"],
  [/(\d)\s?(am|pm)\b/g, "$1 $2"],
  [/(\d):00 (am|pm)\b/g, "$1 $2"],
  [/(\d)[,'](\d{3})(?!\d)/g, "$1$2"],
  [/(\d)[,'](\d{3})(?!\d)/g, "$1$2"],
  [/[$]\s?(\d[\d.]*)/g, "$1 dollars"],
  [/€\s?(\d[\d.]*)/g, "$1 euros"],
  [/£\s?(\d[\d.]*)/g, "$1 pounds"],
  [/\beur\b/g, "euro"],
  [/\busd\b/g, "dollar"],
  [/\bgbp\b/g, "pound"],
  [/\bper ?cents?\b|(?<=\d)\s?%/g, " percent "],
  [/°\s?([cf])\b/g, " degrees $1"],
  [/\bdegrees? (?=celsius|fahrenheit)/g, ""],
  [/(?<=\d)\s?km\b/g, " kilometers "],
  [/(?<=\d)\s?kg\b/g, " kilograms "],
  [/(?<=\d)\s?cm\b/g, " centimeters "],
  [/(?<=\d)\s?mm\b/g, " millimeters "],
  [/(?<=\d)\s?oz\b/g, " ounces "],
  [/(?<=\d)\s?lbs?\b/g, " pounds "],
  [/(?<=\d)\s?(ml|mb|gb|tb|kb|ms|mph|kmh)\b/g, " $1 "],
  [/(?<=\d)(g|m|l|h|s)\b/g, " $1 "],
  [/\b(war|type|part|phase|stage|chapter|volume|act|class|level) i\b(?!')/g, "$1 1"],
  [/\bii\b/g, "2"],
  [/\biii\b/g, "3"],
  [/\biv\b/g, "4"],
  [/\bfirst world war\b/g, "world war 1"],
  [/\bsecond world war\b/g, "world war 2"],
];

const NUMBER = "(?:\\d|(?:two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|fifty|hundred)\\b)";

const MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december";

/** Turns of phrase that say the same, each as one of them. Before the words are looked at. */
const TURNS: readonly Rewriting[] = [
  [/\b(?:log|sign)(?:ging|ged|s)? ?(?:in ?to|on to|onto|in|on)\b/g, "login"],
  [/\b(?:log|sign)(?:ging|ged|s)? ?(?:out|off)(?: of)?\b/g, "logout"],
  [/\bsign(?:ing|ed|s)? ?up\b/g, "signup"],
  [/\bset(?:ting|s)? ?up\b/g, "arrange"],
  [/\b(?:turn|switch|power)(?:ing|ed|s|es)? on\b/g, "enable"],
  [
    /\b(?:turn|switch|power|shut)(?:ing|ed|s|es)? (?:off|down)\b(?! (?:the|a|an|this|that) (?:offer|request|invitation|job))/g,
    "disable",
  ],
  [/\b(?:turn|switch|power)(?:ing|ed|s|es)?\b((?:\s+[\w'-]+){1,4}?)\s+on\b/g, "enable$1"],
  [/\b(?:turn|switch|power|shut)(?:ing|ed|s|es)?\b((?:\s+[\w'-]+){1,4}?)\s+off\b/g, "disable$1"],
  [/\bturn(?:ing|ed|s)? down\b/g, "decline"],
  [/\bget(?:ting|s)? rid of\b/g, "remove"],
  [/\blook(?:ing|s)? (?:for|up)\b/g, "find"],
  [
    /\b(?:i|we) (?:want|need|wish|would like|would love) to (?:know|find out|learn|hear|understand)(?: (?:about|if|whether))?\b/g,
    "",
  ],
  [/\b(?:do|can|could) you (?:know|tell me|tell us)\b|\blet (?:me|us) know\b/g, ""],
  [/\bfind(?:ing|s)? out\b/g, "know"],
  [
    /\bwhat (?:is|are|would be) the (?:best |right |correct |proper |easiest )?(?:ways?|steps?|process|procedure|methods?|instructions?|commands?(?= to)|shortcuts?(?= to)|tricks?(?= to))(?: (?:to|of|for|in))?\b/g,
    "how to",
  ],
  [
    /\b(?:ways?|steps?|process|procedure|methods?|instructions?|guide|commands?|shortcuts?|tricks?)(?: (?:to|for|of))\b/g,
    "how to",
  ],
  [
    /\bwhat (?:are|is|would be) the (?:consequences?|results?|effects?) (?:of|if|when)\b|\bwhat (?:will happen|happens|would happen) (?:if|when)\b/g,
    "what happens if",
  ],
  [/\b(?:considered|regarded as|classified as|counted as|count as|counts as)\b/g, ""],
  [/\bhow many (?:seconds|minutes|hours|days|weeks|months|years) (does|do|will|would)\b/g, "how long $1"],
  [/\b(for|in|within) an? (second|minute|hour|day|week|month|year)\b/g, "$1 1 $2"],
  [/\bhow come\b|\bfor what reason\b/g, "why"],
  [/\bwhat (?:is|was|are|were) the (?:reasons?|causes?)\b(?: (?:that|why|for|of|behind))?/g, "why"],
  [/\bthe reasons? (?:that|why)\b/g, "why"],
  [/\bwhat (?:makes?|made|causes?|caused|is causing|is making)\b/g, "why"],
  [/\b(?:in |on |at )?(?:what|which) (?:time|year|date|day|moment)\b(?: (?:is|was) it (?:that|when))?/g, "when"],
  [/\bat what (temperature)\b/g, "what $1"],
  [/\bin (?:what|which) (?:place|location)\b/g, "where"],
  [/\bwhat (?:is|was|are) the number of\b|\bthe number of\b/g, "how many"],
  [/\bhow (?:large|big) (?:can|may|are|is)\b/g, "what size"],
  [/\bhow do (?:you|i|we|people) say\b|\bhow to say\b|\bwhat is the (\w+ )?translation of\b/g, "translate $1"],
  [/\bin order to\b/g, "to"],
  [/\b(i|we) (?:am|are|was|were) (?:unable|not able) to\b/g, "$1 can not"],
  [/\b(?:unable|not able) to\b/g, "can not"],
  [/\b(?:is|are|am|was|were|be) able to\b/g, "can"],
  [/\bis (?:it|there) (?:possible|a way|any way) to\b/g, "can i"],
  [/\bis it (?:allowed|permitted) to\b|\bam i allowed to\b/g, "can i"],
  [/\b(?:have|has|had|got) to\b|\bneeds? to\b|\b(?:is|are|am) (?:required|obliged|supposed) to\b/g, "must"],
  [/\b(?:no|not) (?:more|longer|greater|higher) than\b|\bat (?:the )?most\b|\bup to\b|\ba maximum of\b/g, " atmost "],
  [/\b(?:no|not) (?:less|fewer|lower|shorter) than\b|\bat (?:the )?least\b|\ba minimum of\b/g, " atleast "],
  [/\bolder than\b/g, " above "],
  [/\b(?:younger|newer) than\b/g, " below "],
  [/\b(?:cheaper) than\b/g, " below cost "],
  [/\b(?:more|greater|higher|larger|bigger) than(?= [\d])/g, " above "],
  [/\b(?:less|fewer|lower|smaller) than(?= [\d])/g, " below "],
  [new RegExp(`\\b(?:over|exceeding|beyond)(?= ${NUMBER})`, "g"), " above "],
  [new RegExp(`\\bunder(?= ${NUMBER})`, "g"), " below "],
  [/\bprior to\b/g, "before"],
  [/\bsubsequent to\b/g, "after"],
  [/\bby means of\b|\bwith the help of\b|\bby using\b/g, "using"],
  [/\bwithout using\b|\bif i do not (?:have|use)\b|\bdoes not (?:have|use)\b|\bdo not have\b/g, "without"],
  [/\btwo times\b/g, "twice"],
  [/\ba few\b/g, "several"],
  [/\binto\b/g, "to"],
  [/\bonto\b/g, "on"],
  [new RegExp(`\\b(${MONTHS}) (\\d{1,2})(?:st|nd|rd|th)?(?:,? (?=\\d{4}\\b)|(?![\\d:.]))`, "g"), "$2 $1 "],
  [new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)? (?:of )?(?=(?:${MONTHS})\\b)`, "g"), "$1 "],
  [/\bdaily\b/g, "per day"],
  [/\bweekly\b/g, "per week"],
  [/\bmonthly\b/g, "per month"],
  [/\byearly\b|\bannually\b|\bannual\b/g, "per year"],
  [/\b(?:a|each|every|per) (day|week|month|year)\b/g, "per $1"],
  [/\bversus\b|\bvs\.?(?=\s|$)/g, " and "],
  [/\b(?:which|what|the|this|that|another) one\b(?: is| are)?/g, "which"],
  [/\bas soon as possible\b|\basap\b/g, ""],
  [/\bthank you\b|\bthanks(?: in advance)?\b/g, ""],
  [/\bsome(?:one|body)\b/g, "person"],
  [/\bdiffers? from\b/g, "difference"],
  [/\b(differences?|distinction|distinguish) between\b/g, "$1 of"],
  [/\bwhat (?:do|can|could|should|must|would) (?:i|we|you|one) do (?:to|so that|in order to)\b/g, "how to"],
  [/,? ?\bwhat (?:do|can|could|should|must) (?:i|we) do\b(?= *[?.!]*$)/g, " how"],
  [/\bhow much is (?=\d)/g, "what is "],
  [/\bis it (?:ok|okay|fine|alright|all right) (?:for (.{2,40}?) )?to\b/g, "can $1"],
  [/\bis (.{3,60}?) possible\b/g, "can i $1"],
  [/\bwhat (?:do|can|could|should|must) (?:i|we) do (?:if|when)\b/g, "how if"],
  [/\b(?:before|after) or (?:before|after)\b/g, "before or after"],
  [/\btogether with\b/g, "with"],
  [/\bcapital city\b/g, "capital"],
  [/\bstatus codes?\b/g, "status"],
  [/\bwhat amount of\b/g, "how much"],
  [/\bhow much (.{2,40}?) (?:does|do) (.{2,60}?) (?:contain|hold)\b/g, "how much $1 is in $2"],
  [/\bhow many (.{2,40}?) (?:does|do) (.{2,60}?) (?:contain|hold)\b/g, "how many $1 are in $2"],
  [/\b(?:stop|prevent|keep)(?= (?:[\w']+ ){1,4}from \w+ing\b)/g, "prevent"],
  [/\bquicker\b/g, "faster"],
];

const POLITE = /^(?:(?:hi|hello|hey|please|kindly|ok|okay|so|and|but|well|also|just)\b[\s,!.]*)+/;
const CAN_YOU = /^(?:can|could|would|will) you (?:please |kindly |also )?(?:be so kind (?:as )?to )?/;
const I_WANT =
  /^(?:i|we) (?:(?:would|really|just) )*(?:want|need|like|love|wish|must)(?: to)?(?: (?:see|hear|have|get|find))?(?= )/;
const SHOW_ME =
  /^(?:tell|show|give|explain|describe|list|name|provide|state|say|define|recommend|suggest|find|calculate|compute|determine|display|search(?: for)?|teach)(?: to)?(?: (?:me|us))?(?: (?:about|of))?(?= )/;
const ENDING = /[\s,;:.!?]*\b(?:please|thanks|thank you|for me|for us|ok|okay|right now|asap)?[\s.!?]*$/;

/** What is asked, without the words of asking it; and whether something was demanded instead of asked. */
export function coreOf(plain: string): { readonly core: string; readonly isDemand: boolean } {
  let core = plain.trim();
  let isDemand = false;
  for (const opening of [POLITE, CAN_YOU, POLITE, I_WANT, POLITE, CAN_YOU, SHOW_ME]) {
    const shorter = core.replace(opening, "").trim();
    if (shorter !== core && (opening === I_WANT || opening === SHOW_ME)) isDemand = true;
    core = shorter;
  }
  return { core: core.replace(ENDING, ""), isDemand };
}

/** The text in lower case, with its short forms and turns of phrase each in one form. */
export function plainPhrases(text: string): string {
  let plain = text.normalize("NFKC").toLowerCase();
  for (const [pattern, by] of SPELLINGS) plain = plain.replace(pattern, by);
  for (const [pattern, by] of TURNS) plain = plain.replace(pattern, by);
  return plain;
}
