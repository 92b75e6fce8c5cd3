/** The commonest words of languages that share an alphabet; enough to tell a question's language, and to leave them out. */
const COMMON: Readonly<Record<string, string>> = {
  en: "the a an of to in on at is are was were do does did how what which who whom when where why can could would should will i you we they it my your me this that these those for with from and or not be have has had there please than into about as by if its our their his her he she am been being per price much many",
  de: "der die das den dem des ein eine einen einem einer und oder ist sind war wie was wer wo wann warum ich du er sie es wir ihr mein meine meinen dein nicht kein keine zu zum zur mit von im am auf für bei aus nach kann können bitte mir mich dich sich geht man",
  fr: "le la les un une des du de d et ou est sont était comment que quoi qui où quand pourquoi je tu il elle nous vous ils mon ma mes ton ne pas à au aux avec dans sur pour par ce cette ces quel quelle quels quelles puis peut est-ce c'est l'on se",
  es: "el la los las un una unos de del y o es son era cómo qué quién dónde cuándo por porque yo tú él ella nosotros mi mis tu su no a al con en para este esta cuál cuáles cuánto cuánta puedo se lo me",
  pt: "o a os as um uma de do da dos das e ou é são era como que quem onde quando porque eu você ele ela nós meu minha meus não ao à com em no na para por este esta qual quais quanto posso se me",
  it: "il lo la i gli le un una di del della dei e o è sono era come che cosa chi dove quando perché io tu lui lei noi mio mia miei non a al alla con in nel nella per questo questa qual quale quanto posso si mi",
  nl: "de het een van en of is zijn was hoe wat wie waar wanneer waarom ik jij hij zij wij mijn jouw niet geen te met in op aan voor bij uit naar kan kunnen dit dat welke",
};

const WORDS = Object.entries(COMMON).map(([name, words]) => [name, new Set(words.split(" "))] as const);

/**
 * The language whose common words a text holds most of; `?` for none of these, for other scripts, and for a draw. English
 * where a text in Latin letters holds no common word at all, as short asks do.
 */
export function languageOf(text: string): string {
  const words = text.toLowerCase().match(/[\p{L}'-]+/gu) ?? [];
  if (words.length === 0) return "en";
  const letters = text.match(/\p{L}/gu) ?? [];
  const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter)).length;
  if (latin < letters.length * 0.7) return "?";
  const counts = WORDS.map(([name, known]) => [name, words.filter((word) => known.has(word)).length] as const);
  counts.sort((a, b) => b[1] - a[1]);
  const [[best, most], [, next]] = counts as [(typeof counts)[0], (typeof counts)[0]];
  if (most === 0) return /[^\p{Script=Latin}]?[àâäãåáçéèêëíìîïñóòôöõúùûüßøæœ¿¡]/iu.test(text) ? "?" : "en";
  return most === next && best !== "en"
    ? "?"
    : most === next
      ? counts.find(([name]) => name === "en")![1] === most
        ? "en"
        : "?"
      : best;
}
