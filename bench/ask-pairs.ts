import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { packageRoot } from "../engine/package-root.ts";
import { BenchError } from "./errors.ts";

/** Two asks, and whether an answer to one is an answer to the other. */
export interface AskPair {
  /** `tune` is for choosing thresholds, everything else for reporting. */
  readonly split: string;
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  /** What differs. */
  readonly kind: string;
}

const Split = z.string().default("report");
const Side = z.union([z.string(), z.looseObject({ ask: z.string() })]);
const Group = z.object({
  split: Split,
  ask: z.string(),
  same: z.array(z.string()),
  other: z.array(z.object({ kind: z.string(), ask: z.string() })),
});
const Pair = z.object({ split: Split, a: Side, b: Side, same: z.boolean(), kind: z.string().default("") });

const NAME = "semantic-asks.jsonl";
const OWN = fileURLToPath(new URL(`datasets/fixtures/${NAME}`, packageRoot));

/**
 * Pairs of a file, of `semantic-asks.jsonl` in a folder, or else our own. Lines are `{a, b, same}`, or one ask with those that
 * mean the same and those that only look so. Pairs whose sides have a context of their own are left out: the cache never
 * compares them.
 *
 * @throws BenchError `no_rows` naming the line
 */
export function readAskPairs(data: string): { readonly pairs: readonly AskPair[]; readonly file: string } {
  const inFolder = join(data, NAME);
  const isFile = existsSync(data) && statSync(data).isFile();
  const file = isFile ? data : existsSync(inFolder) ? inFolder : OWN;
  const pairs = readFileSync(file, "utf8")
    .split("\n")
    .flatMap((text, at) => (text.trim() === "" ? [] : pairsOf(text, `${file}:${at + 1}`)));
  if (pairs.length === 0) throw new BenchError("no_rows", `${file} holds no pairs`);
  return { pairs, file };
}

function pairsOf(text: string, place: string): AskPair[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BenchError("no_rows", `${place} is not JSON`, { place, cause });
  }
  const group = Group.safeParse(value);
  if (group.success) {
    const { split, ask, same, other } = group.data;
    return [
      ...same.map((b) => ({ split, a: ask, b, same: true, kind: "rewording" })),
      ...other.map(({ kind, ask: b }) => ({ split, a: ask, b, same: false, kind })),
    ];
  }
  const pair = Pair.safeParse(value);
  if (!pair.success)
    throw new BenchError("no_rows", `${place} is neither {a, b, same} nor {ask, same, other}`, { place });
  const { split, a, b, same, kind } = pair.data;
  return typeof a === "string" && typeof b === "string" ? [{ split, a, b, same, kind }] : [];
}
