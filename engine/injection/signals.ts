/** Something that attacks on a model's instructions say, and how much it says of one; 1 is enough alone. */
export interface Signal {
  readonly name: string;
  readonly weight: number;
  readonly pattern: RegExp;
  /** Only in what tools and documents give, where nobody should speak to the model. */
  readonly isForeign?: true;
}

const RULES =
  "(?:instructions?|prompts?|rules?|directives?|guidelines?|directions?|commands?|orders?|constraints?|restrictions?|guardrails?|safeguards?|safety|polic(?:y|ies)|programming|training|filters?|system message)";
const THEIRS =
  "(?:all|any|every(?:thing)?|the|your|those|these|my|of|previous|prior|above|earlier|preceding|foregoing|initial|original|system|developer|existing|current|given|safety|content|ethical|openai'?s?|anthropic'?s?|and|or|old|hidden|built-in|usual)";

/** Matched on text in lower case, its spaces made one. Every repetition is bounded. */
export const SIGNALS: readonly Signal[] = [
  {
    name: "override",
    weight: 1,
    pattern: new RegExp(
      `\\b(?:ignore|disregard|forget|override|bypass|neglect|skip|drop|discard|circumvent|(?:do not|don'?t|stop|cease) (?:follow(?:ing)?|obey(?:ing)?|adher(?:e|ing) to|listen(?:ing)? to)|pay no attention to|set aside|throw (?:out|away))(?: ${THEIRS}){1,7} ${RULES}\\b`,
    ),
  },
  {
    name: "override",
    weight: 1,
    pattern:
      /\b(?:ignore|disregard|forget|erase) (?:everything|anything|all|whatever)(?: that)?(?: (?:you (?:were|have been|are) (?:told|taught|instructed|given)|i (?:said|told)|(?:was |were )?(?:said|written|stated|mentioned)? ?(?:above|before|earlier|previously|prior|up to (?:now|this point))|you know))/,
  },
  {
    name: "override_other_language",
    weight: 1,
    pattern:
      /(?:ignorier\w{0,3}|vergiss|vergessen sie|missachte\w?) (?:\S{1,20} ){0,4}(?:anweisung|regel|instruktion|vorgabe|richtlinie)|(?:ignor|oubli)(?:e|ez|er|ons) (?:\S{1,20} ){0,4}(?:instructions|consignes|règles|directives)|(?:ignor|olvid)[ae]\w{0,2} (?:\S{1,20} ){0,4}(?:instrucciones|reglas|indicaciones|órdenes)|(?:ignor[ea]|esque[çc]a|desconsidere) (?:\S{1,20} ){0,4}(?:instruções|regras|instrucoes)|(?:ignora|dimentica)\w{0,2} (?:\S{1,20} ){0,4}(?:istruzioni|regole)|(?:negeer|vergeet) (?:\S{1,20} ){0,4}(?:instructies|regels|aanwijzingen)|(?:zignoruj|ignoruj|zapomnij) (?:\S{1,20} ){0,4}(?:instrukcj|polece|zasad)|(?:игнорируй|забудь|проигнорируй)\S{0,4} (?:\S{1,20} ){0,4}(?:инструкци|правил|указани)|(?:忽略|无视|無視|忘记|忘掉).{0,12}(?:指令|指示|规则|規則|提示|说明)|(?:指示|命令|ルール|プロンプト).{0,8}(?:無視|忘れて)|(?:이전|위의|모든).{0,10}(?:지시|명령|규칙).{0,6}(?:무시|잊)|önceki (?:\S{1,20} ){0,3}(?:talimat|kural)\S{0,8} (?:yok say|unut|görmezden)/,
  },
  {
    name: "extraction",
    weight: 1,
    pattern:
      /\b(?:reveal|show|print|repeat|output|display|disclose|leak|dump|expose|recite|reproduce|paste|share|give|tell|write out|spell out|return|translate|summari[sz]e|encode)(?: (?:me|us|back|out|to me|verbatim|exactly|now|please|word for word|in full|the (?:full|entire|exact|whole|complete)|all|of)){0,5} (?:your|the) (?:\w{1,12} ){0,3}?(?:system prompt|system message|initial (?:prompt|instructions?)|hidden (?:prompt|instructions?|rules)|original (?:prompt|instructions?)|secret (?:prompt|instructions?)|developer (?:prompt|message|instructions?)|internal (?:prompt|instructions?|rules)|pre-?prompt|preamble|instructions (?:you were given|above|verbatim)|confidential (?:instructions?|rules))(?! of (?:an?|my|the) )/,
  },
  {
    name: "extraction",
    weight: 1,
    pattern:
      /\bwhat (?:is|are|was|were|does) (?:\w{1,10} )?your (?:\w{1,12} )?(?:system prompt|system message|initial (?:prompt|instructions?)|hidden (?:prompt|instructions?)|original (?:prompt|instructions?)|secret (?:prompt|instructions?)|developer (?:prompt|instructions?))/,
  },
  {
    name: "extraction",
    weight: 1,
    pattern:
      /\b(?:repeat|print|output|copy|write|echo|say)(?: out| back)? (?:everything|all (?:the )?(?:text|words|content)|the (?:text|words|content|lines?|paragraph|conversation)|every word|what (?:is|was) (?:written|said))(?: (?:that|which|is|was|you|were|written|said|given|shown|appears?|comes?)){0,4} (?:above|before this|preceding|prior to this|from the beginning|at the (?:top|start) of)/,
  },
  {
    name: "persona",
    weight: 1,
    pattern:
      /\bdo anything now\b|\byou are (?:now )?(?:dan|stan|dude|aim|evilbot|jailbroken|unchained|omega|chaosgpt)\b|\b(?:act|behave|respond|answer|reply|speak) as (?:dan|stan|aim|an? (?:unfiltered|unrestricted|uncensored|jailbroken|amoral|evil|unethical|lawless|rogue)\b)|\bjailbreak(?:en)? (?:mode|prompt|enabled|yourself)|\b(?:enable|enter|activate|switch (?:in)?to|turn on|you are in|initiate|unlock|engage) (?:your |the )?(?:dan|jailbreak|unrestricted|evil|opposite|chaos|unsafe) mode\b/,
  },
  {
    name: "mode",
    weight: 0.6,
    pattern:
      /\b(?:enable|enter|activate|switch (?:in)?to|turn on|you are in|initiate|unlock|engage)(?: (?:the|your|a))? (?:developer|dev|god|debug|admin|root|sudo|maintenance|free) mode\b/,
  },
  {
    name: "cancelled",
    weight: 0.7,
    pattern:
      /\b(?:rules?|instructions?|guidelines?|guidance|polic(?:y|ies)|restrictions?)\b(?: \S{1,16}){0,6} (?:cancell?ed|void|revoked|no longer (?:appl(?:y|ies)|valid|count|in (?:force|effect))|do not (?:apply|count)|outdated|a test)\b|\b(?:only my (?:rules|words?|commands?) count|(?:do not|don't|no longer) (?:have|need) to (?:abide by|follow|obey|respect)|freed from (?:\S{1,12} ){0,5}(?:confines|rules|restrictions|constraints))/,
  },
  {
    name: "unrestricted",
    weight: 0.7,
    pattern:
      /\b(?:no|without(?: any)?|free (?:of|from)(?: all| any)?|not bound by(?: any)?|not limited by|unbound by|beyond|ignor\w{1,4}|removed?|lift(?:ed)?|disabled?|turn(?:ed)? off) (?:\w{1,12} ){0,2}(?:restrictions?|limitations?|filters?|censorship|ethic(?:s|al)(?: \w{1,12})?|moral(?:s|ity)?(?: \w{1,12})?|guardrails|safety (?:\w{1,12})|content polic(?:y|ies)|safeguards)\b/,
  },
  {
    name: "new_role",
    weight: 0.5,
    pattern:
      /\b(?:from now on|from this point(?: on)?|henceforth|starting now)\b,? (?:you|your|only|always|never|answer|respond|act)|\byou are no longer\b|\byou must (?:now )?(?:obey|comply with) (?:me|all|every|any|my|these)|\b(?:new|updated|real|actual|true) (?:system )?(?:instructions?|directives?|rules|task|prompt)(?: (?:are|is|follow|below))? ?:|\byour (?:new|real|true|only) (?:task|goal|role|instructions?|purpose|master|persona)\b/,
  },
  {
    name: "pretend",
    weight: 0.5,
    pattern:
      /\b(?:pretend|imagine|roleplay|role-play|simulate|act like|let'?s play|play the role|in this (?:fictional|hypothetical) (?:world|scenario)|you are (?:playing|my (?:deceased|late|dead) grand\w{2,8}|an actor))\b/,
  },
  {
    name: "no_refusal",
    weight: 0.6,
    pattern:
      /\b(?:never|do not|don'?t|must not|cannot|can'?t|without|not allowed to|no)(?: (?:ever|say|answer with|reply with|tell me|be|to|any|give|add|include|allowed))* (?:refus\w{1,3}|declin\w{1,3}|say(?:ing)? no|apologi[sz]\w{1,3}|disclaimers?|warnings?|(?:that )?you can(?:no|')t|moraliz\w{1,3}|lectur\w{1,3}|i'?m sorry|as an ai)|\balways (?:comply|obey|answer(?: every| any| all)|say yes)|\b(?:start|begin) your (?:answer|response|reply) with ["'“]?(?:sure|absolutely|yes|of course|certainly)|\banswer(?:s)? (?:any|every|all) (?:question|request)s? (?:no matter|regardless|even)/,
  },
  {
    name: "markup",
    weight: 0.8,
    pattern:
      /<\|(?:im_start|im_end|system|endoftext|start_header_id)\|>|\[\/?inst\]|<<\/?sys>>|<\/?(?:system|system_prompt|system-prompt|admin|instructions?)>|\[(?:system|admin|developer)(?: (?:message|override|prompt|note))?\]|(?:^|\n) ?#{1,4} ?(?:system|new instructions?|instruction override)\b|-{3,} ?(?:end|begin|start) (?:of )?(?:system )?(?:prompt|instructions?|user input|context)|(?:^|\n) ?(?:system|admin|developer) ?(?:override|message|prompt|note)? ?: /,
  },
  {
    name: "authority",
    weight: 0.5,
    pattern:
      /\b(?:i am|i'm|this is|as) (?:your|the|an?) (?:developer|creator|administrator|admin|owner|openai|anthropic|engineer|openai \w{1,12}|anthropic \w{1,12}|system administrator|root user)\b|\b(?:system|security|admin) (?:override|alert)\b|\boverride code\b|\bauthori[sz]ation (?:code|level)\b|\bsudo\b/,
  },
  {
    name: "exfiltration",
    weight: 0.8,
    pattern:
      /\b(?:send|forward|post|e-?mail|upload|exfiltrate|transmit|leak|append|include)(?: \S{1,24}){0,8} (?:api keys?|passwords?|credentials?|secrets?|tokens?|conversation(?: history)?|chat history|user'?s? (?:data|details|information|address|name)|contacts?|private (?:data|keys?)|environment variables)(?: \S{1,24}){0,8} (?:to|at|into|via) (?:\S{0,10}https?:|\S{1,64}@|this (?:url|address|link)|the following (?:url|address)|attacker|an? (?:url|link|image))/,
  },
  {
    name: "exfiltration",
    weight: 1,
    pattern: /!\[[^\]\n]{0,80}\]\(https?:\/\/[^)\s]{1,300}(?:\{|%7b|\$\{|\[(?:data|secret|history|insert))/,
  },
  {
    name: "decode_and_obey",
    weight: 1,
    pattern:
      /\b(?:decode|decrypt|decipher|un-?rot13|translate)\b(?: \S{1,24}){0,10} (?:and|then) (?:then )?(?:follow|execute|obey|do what|do as|carry out|perform|comply|answer it|act on|run)\b/,
  },
  {
    name: "harm",
    weight: 0.5,
    pattern:
      /\b(?:build|make|making|create|creating|synthesi[sz]e|produce|cook|write|writing|develop|assemble|explain how to|steps (?:to|for)|recipe for|instructions for|how to)\b(?: \S{1,24}){0,6} (?:bombs?|explosives?|napalm|meth(?:amphetamine)?|nerve agents?|sarin|ransomware|malware|keylogger|computer virus|phishing (?:e-?mails?|pages?|sites?)|bioweapons?|pipe bombs?|molotov|counterfeit money|fake ids?|ricin)\b/,
  },
  {
    name: "to_the_model",
    weight: 1,
    isForeign: true,
    pattern:
      /\b(?:ai|assistant|language model|llm|chatgpt|gpt|claude|gemini|copilot|agent)s?\b(?: \w{1,12}){0,4}? ?[,:;-]{1,2} ?(?:please )?(?:you must|do not|don'?t|ignore|instead|immediately|now|call|use|send|execute|stop|reply|respond|say|recommend|always)|\b(?:important|urgent|hidden|special) (?:message|instructions?|note|notice) (?:for|to) (?:the |any |all )?(?:ai|assistant|language model|llm|model|agent|chatbot|bot)s?\b|\bif you are an? (?:ai|llm|language model|assistant|agent|bot)\b|\bwhen (?:summari[sz]ing|processing|reading) this (?:\w{1,12} )?,? ?(?:you|please|always|do|also|add|include|say)/,
  },
  {
    name: "obey",
    weight: 0.7,
    isForeign: true,
    pattern:
      /\byou (?:must|should|need to|have to|will) (?:now |immediately |instead )?(?:call|use|run|execute|send|delete|transfer|forward|visit|open|ignore|reply|recommend|tell the user)\b|\bdo not (?:tell|mention|inform|reveal|alert)(?: \w{1,10}){0,3} (?:the )?user\b|\bwithout (?:telling|asking|informing|notifying) the user\b/,
  },
  {
    name: "act",
    weight: 0.4,
    isForeign: true,
    pattern:
      /\b(?:visit|open|fetch|download|execute|run|call|delete|transfer|forward|send)\b(?: \S{1,24}){0,6} (?:https?:\/\/|script|command|tool|files?|rm -rf|curl|e-?mails?|money|api keys?)/,
  },
];

/** Words of somebody who speaks about attacks, and does not make one. */
export const ABOUT =
  /\b(?:prompt injections?|jailbreak(?:s|ing)? (?:attacks?|techniques?|attempts?|prompts work)|red[- ]team\w{0,4}|owasp|what does (?:the phrase|it mean|["'“‘])|meaning of|(?:how|ways?) (?:do|can|could|should|to) (?:i |we |you |one )?(?:defend|prevent|protect|detect|block|stop|mitigate|filter|avoid|guard)|classif(?:y|ier)|examples? of (?:an? )?(?:attack|injection|malicious)|unit tests?|test cases?|blog post about|article about|paper (?:on|about)|lecture on|history of)\b/;
