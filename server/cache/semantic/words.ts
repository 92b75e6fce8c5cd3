/** Words and numbers of a text in lower case; a date or a range of digits is one. */
export function wordsOf(plain: string): string[] {
  return plain.match(/\d+(?:[.:/-]\d+)*|[\p{L}\p{M}]+(?:'\p{L}+)?/gu) ?? [];
}

const NUMBER_WORDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    (
      "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen " +
      "eighteen nineteen twenty"
    )
      .split(" ")
      .map((word, value) => [word, String(value)]),
  ),
  thirty: "30",
  forty: "40",
  fifty: "50",
  sixty: "60",
  seventy: "70",
  eighty: "80",
  ninety: "90",
  hundred: "100",
  thousand: "1000",
  million: "1000000",
  billion: "1000000000",
  dozen: "12",
  half: "0.5",
  twice: "2",
  double: "2",
  triple: "3",
};
/** Behind these "one" is no number. */
const NO_NUMBER = new Set(["which", "this", "that", "each", "every", "another", "any", "other", "no", "the"]);

/** The number that stands there, in digits; null for a word. */
export function numberOf(words: readonly string[], at: number): string | null {
  const word = words[at]!;
  if (/^\d/.test(word)) return /^\d+\.\d+$/.test(word) ? String(Number(word)) : word.replace(/^0+(?=\d)/, "");
  const number = Object.hasOwn(NUMBER_WORDS, word) ? NUMBER_WORDS[word]! : null;
  return word === "one" && at > 0 && NO_NUMBER.has(words[at - 1]!) ? null : number;
}
