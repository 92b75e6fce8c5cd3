const SIZES = [500, 2_000, 20_000, 200_000] as const;
const RUNS = 25;
const [SMALL, LARGE] = [250_000, 1_000_000];
/** Repeated, these make patterns of other finders slow. */
const SLOW: Readonly<Record<string, string>> = {
  digits: "1",
  "at signs": "@",
  dots: ".",
  colons: ":",
  "a@": "a@",
  "spaced digits": "1 ",
  phones: "0171 2345678 ",
  ibans: "DE89 3704 ",
  dashes: "1-",
  underscores: "a_",
  capitals: "Aa ",
};

export interface Speed {
  /** CPU milliseconds for 1,000 characters of 20,000. */
  readonly p50: number;
  readonly sizes: readonly { readonly chars: number; readonly ms: number }[];
  /** Of the logarithm of time over that of length, between the shortest and the longest. */
  readonly slope: number;
  /** How much longer four times as much text takes. */
  readonly worst: readonly { readonly name: string; readonly ms: number; readonly growth: number }[];
}

/** CPU time of a finder over ordinary text of several lengths and over text that is made to be slow. */
export function speedOf(text: string, find: (text: string) => unknown): Speed {
  const of = (chars: number) => text.repeat(Math.ceil(chars / text.length)).slice(0, chars);
  for (let i = 0; i < RUNS; i++) find(of(20_000));
  const sizes = SIZES.map((chars) => ({ chars, ms: round(perThousand(of(chars), find, chars > 50_000 ? 5 : RUNS)) }));
  const [first, last] = [sizes[0]!, sizes.at(-1)!];
  const slope = Math.log((last.ms * last.chars) / (first.ms * first.chars)) / Math.log(last.chars / first.chars);
  const worst = Object.entries(SLOW).map(([name, piece]) => {
    const [small, large] = [SMALL, LARGE].map((chars) => {
      const slow = piece.repeat(Math.ceil(chars / piece.length)).slice(0, chars);
      return { chars, ms: perThousand(slow, find, 1) };
    });
    return { name, ms: round(large!.ms), growth: round((large!.ms * LARGE) / (small!.ms * SMALL)) };
  });
  return { p50: sizes[2]!.ms, sizes, slope: round(slope), worst };
}

/** The median, which a busy machine moves little. */
function perThousand(text: string, find: (text: string) => unknown, runs: number): number {
  const each = Array.from({ length: runs }, () => {
    const before = process.cpuUsage();
    find(text);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / text.length;
  });
  return each.sort((a, b) => a - b)[Math.floor(runs / 2)]!;
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
