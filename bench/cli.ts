import { type Command, InvalidArgumentError, Option } from "commander";

interface BenchFlags {
  readonly data?: string;
  readonly source?: string[];
  readonly models?: string[];
  readonly policies?: string[];
  readonly baselines?: string[];
  readonly pair?: string[];
  readonly router?: string;
  readonly estimator: string;
  readonly estimatorOptions?: Readonly<Record<string, unknown>>;
  readonly tier: "fast" | "full";
  /** False: the fitted router sees the prompt's statistics alone. */
  readonly ngrams: boolean;
  readonly split: "train" | "calibration" | "test";
  readonly quality: number;
  readonly seed: number;
  readonly splits: number;
  readonly resamples: number;
  readonly maxRows?: number;
  readonly study?: string[];
  readonly cache?: string;
  readonly json?: string | true;
  readonly html?: string;
  readonly save?: string | true;
}

/** `weir bench`: how good a router, or any policy, is on recorded outcomes. */
export function registerBenchCommands(program: Command): void {
  const bench = program.command("bench");
  bench
    .command("pii")
    .description("What the guardrails find of personal data and of attacks in labelled texts")
    .option("--data <file>", "texts in the form of presidio-research; by default those that come with the source")
    .option("--tagger <file>", "another tagger of names than the one that is shipped")
    .action(async (flags: { readonly data?: string; readonly tagger?: string }, command: Command) => {
      const { piiCommand } = await import("./pii/command.ts");
      piiCommand({ ...flags, json: command.optsWithGlobals()["json"] !== undefined });
    });
  bench
    .description("Replay policies over recorded outcomes: quality, cost, and whether the difference is more than noise")
    .addOption(new Option("--data <path>", "folder of outcome data, or one file of quality records").env("WEIR_DATA"))
    .option("--source <names...>", "sources of the folder; each is reported on its own", names)
    .option("--models <names...>", "models to choose among; default: all that answered 98 % of the prompts", names)
    .option("--policies <list...>", "policies to replay, as name or name:option=value,option=value")
    .option("--baselines <names...>", "learned baselines (estimators) beside the untrained ones", names)
    .option("--pair <names...>", "weak and strong model of the call curves; default: cheapest and best", names)
    .option("--router <folder>", "artifact to measure; without it a router is fitted on the train split")
    .option("--estimator <name>", "estimator to fit when no artifact is given", "auto")
    .option("--estimator-options <json>", "options of the estimator, as JSON", jsonObject)
    .addOption(new Option("--tier <tier>", "features of the fitted router").choices(["fast", "full"]).default("fast"))
    .option("--no-ngrams", "fit without the prompt's n-grams, in a fraction of the time")
    .addOption(
      new Option("--split <split>", "side to measure on").choices(["train", "calibration", "test"]).default("test"),
    )
    .option(
      "--quality <share>",
      "quality target of the operating point, as a share of the best single model's",
      share,
      0.95,
    )
    .option("--seed <number>", "seed of fits, lots and resampling", whole, 1)
    .option("--resamples <number>", "bootstrap resamples of question groups", whole, 200)
    .option("--study <names...>", "run studies instead (`list` shows them, `all` runs them all)", names)
    .option("--splits <number>", "grouped splits of a study, seeds 0, 1, ...", whole, 5)
    .option("--max-rows <number>", "most labelled prompts of a learning curve", whole)
    .option("--cache <folder>", "remember predictions here, by digest of data, options and code")
    .option("--json [file]", "write JSON to a file, or to stdout")
    .option("--html <file>", "write a self-contained page")
    .option("--save [folder]", "keep a dated JSON, in bench/results by default")
    .action(async (flags: BenchFlags) => {
      const { benchCommand } = await import("./command.ts");
      await benchCommand(flags);
    });
}

export type { BenchFlags };

/** `a b`, `a,b` and `a, b` alike. */
function names(text: string, before: readonly string[] = []): string[] {
  const found = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return [...before, ...found];
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError("a whole number from 0 up is needed");
  return value;
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>; // checked
  } catch {
    // Said below, as for any other text that is no object.
  }
  throw new InvalidArgumentError("a JSON object is needed");
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError("a share above 0 and up to 1 is needed, e.g. 0.95");
  return value;
}
