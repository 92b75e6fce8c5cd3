import { wordsOf } from "./words.ts";

/** What is written for machines in an ask. */
export interface AskedCode {
  /** Without white space, and without the marks of the sentence around it; "" for none. */
  readonly text: string;
  /** Words in it, in lower case: they mean themselves. */
  readonly names: readonly string[];
  /** Words that only code writes so, in lower case: they do not ask. */
  readonly words: ReadonlySet<string>;
}

const SIGN = /[<>={}[\]\\^|;`_~@+*#&$]|\w\(|\/\w|\w\/|--\w|\w\.\w|::|->|\d[a-z]\b/i;
const OPERATOR = /^(?:[-+*/%<>=&|!^]{1,3})$/;
/** Money, mail and web are for people. */
const HUMAN =
  /^[$€£#]?\d[\d.,]*$|^https?:\/\/|^[\w.+-]+@[\w-]+\.\w+$|^#\d+$|^[a-z]\.[a-z]\.?m?\.?$|^\w+\/\w+$|^\w+\.(?:js|ts|py|net|io|com|org|ai|dev|json|csv|md|txt|pdf|html|css|ya?ml)$/i;
/** Between operators that are spoken of, not used: "the difference between == and === in". */
const PROSE = new Set(
  "and or between do does did in is are of the an for with mean means differ operator operators what how use".split(
    " ",
  ),
);
const KEYWORD = /^[A-Z]{4,}$/;

/** Chunks that hold signs of code, and what stands between operators. Must be the same to the last sign. */
export function codeOf(ask: string): AskedCode {
  const chunks = ask
    .replace(/["“”]/g, " ")
    .split(/\s+/)
    .filter((chunk) => chunk !== "");
  const bare = chunks.map((chunk) => chunk.replace(/^['‘(]+(?=\w)/, "").replace(/[;:,.?!'’]+$/, ""));
  const isCode = bare.map((chunk) =>
    OPERATOR.test(chunk) && chunk !== "-" ? true : SIGN.test(chunk) && !HUMAN.test(chunk),
  );
  const near = isCode.map(
    (own, at) =>
      own ||
      (!PROSE.has(bare[at]!.toLowerCase()) && (OPERATOR.test(bare[at - 1] ?? "") || OPERATOR.test(bare[at + 1] ?? ""))),
  );
  const kept = bare.filter((_, at) => near[at] && bare[at] !== "-");
  const isSql = chunks.filter((chunk) => KEYWORD.test(chunk)).length > 1;
  return {
    text: kept.join("").replace(/`/g, ""),
    names: kept.flatMap((chunk) => wordsOf(chunk.toLowerCase())),
    words: new Set(
      isSql ? chunks.filter((chunk) => /^[A-Z]{2,}$/.test(chunk)).map((chunk) => chunk.toLowerCase()) : [],
    ),
  };
}
