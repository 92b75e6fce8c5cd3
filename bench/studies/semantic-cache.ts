import { disagreement } from "../../server/cache/semantic/agree.ts";
import { askFacts } from "../../server/cache/semantic/ask-facts.ts";
import { LEAST_SIMILARITY } from "../../server/cache/semantic/ask-index.ts";
import { openLexicon } from "../../server/cache/semantic/lexicon.ts";
import { openEncoder } from "../../server/cache/semantic/open-index.ts";
import { type AskPair, readAskPairs } from "../ask-pairs.ts";
import { bar, type StudyTable } from "../result.ts";
import { shareInterval } from "../share-interval.ts";
import { defineStudy } from "../study.ts";

/** Largest share of look-alikes that may be taken for the same. */
const MOST_FALSE = 0.01;
const LEAST_HITS = 0.5;
/** What peers suggest for a cosine alone. */
const USUAL_THRESHOLDS = [0.8, 0.9, 0.95];

interface Compared extends AskPair {
  readonly cosine: number;
  readonly agrees: boolean;
}

export default defineStudy({
  name: "semantic-cache",
  summary: "Rewordings that share an answer and look-alikes that must not: by cosine alone, and verified",
  protocol:
    "Pairs of asks written for this, some that mean the same and some that only look so (other names, numbers, units, negation, order, opposites, dates, code, languages); --data <file> takes others: lines of {a, b, same, kind, split}. The cosine is that of the shipped encoder. Its threshold is the lowest at which at most 1 % of the look-alikes of the tune split pass; the verifier's is the floor of the search. Hit rate: rewordings that pass; false: look-alikes that pass; intervals are Wilson's, 95 %.",
  async run(context) {
    const { pairs, file } = readAskPairs(context.data);
    const [encoder, sense] = await Promise.all([openEncoder(), openLexicon()]);
    const compared: Compared[] = [];
    for (const pair of pairs) {
      const [a, b] = [await encoder.embed(pair.a), await encoder.embed(pair.b)];
      const cosine = a.reduce((sum, value, at) => sum + value * b[at]!, 0);
      const agrees = cosine >= LEAST_SIMILARITY && disagreement(askFacts(pair.a), askFacts(pair.b), sense) === null;
      compared.push({ ...pair, cosine, agrees });
    }
    await encoder.close();
    const tune = compared.filter(({ split }) => split === "tune");
    const learnt = thresholdOf(tune.length === 0 ? compared : tune);
    const methods: Readonly<Record<string, (pair: Compared) => boolean>> = {
      ...Object.fromEntries(
        USUAL_THRESHOLDS.map((least) => [`cosine >= ${least}`, ({ cosine }: Compared) => cosine >= least]),
      ),
      [`cosine >= ${learnt.toFixed(3)} (tuned to 1 %)`]: ({ cosine }) => cosine >= learnt,
      verified: ({ agrees }) => agrees,
    };
    const splits = [...new Set(compared.map(({ split }) => split))];
    const tables = splits.map((split) => tableOf(split, compared, methods));
    const reported = compared.filter(({ split }) => split !== "tune");
    const rate = (same: boolean) =>
      shareOf(
        reported.filter((pair) => pair.same === same),
        methods["verified"]!,
      );
    return {
      bars: [
        bar("verified: look-alikes taken for the same, not tuned on", rate(false).value, "at most", MOST_FALSE),
        bar("verified: hit rate, not tuned on", rate(true).value, "at least", LEAST_HITS),
      ],
      tables: [...tables, kindsTable(reported)],
      charts: [],
      notes: [
        `${pairs.length} pairs of ${file}`,
        "On a route the threshold on the cosine is learnt from audits of its own traffic, above the verifier; here it is the floor of the search.",
      ],
    };
  },
});

/** The lowest cosine above which no more of the look-alikes lie than may. */
function thresholdOf(pairs: readonly Compared[]): number {
  const false_ = pairs.filter(({ same }) => !same).map(({ cosine }) => cosine);
  false_.sort((a, b) => b - a);
  const spared = Math.floor(false_.length * MOST_FALSE);
  return (false_[spared] ?? 0) + 1e-6;
}

function shareOf(pairs: readonly Compared[], passes: (pair: Compared) => boolean) {
  return shareInterval(pairs.filter(passes).length, pairs.length);
}

function tableOf(
  split: string,
  compared: readonly Compared[],
  methods: Readonly<Record<string, (pair: Compared) => boolean>>,
): StudyTable {
  const own = compared.filter((pair) => pair.split === split);
  const of = (same: boolean) => own.filter((pair) => pair.same === same);
  return {
    title: `${split}: ${of(true).length} rewordings, ${of(false).length} look-alikes`,
    columns: ["taken for the same when", "hit rate", "from", "to", "false", "from", "to"],
    rows: Object.entries(methods).map(([name, passes]) => {
      const [hits, mistakes] = [shareOf(of(true), passes), shareOf(of(false), passes)];
      return [name, hits.value, hits.low, hits.high, mistakes.value, mistakes.low, mistakes.high];
    }),
    note: "",
  };
}

function kindsTable(pairs: readonly Compared[]): StudyTable {
  const kinds = [...new Set(pairs.filter(({ same }) => !same).map(({ kind }) => kind))].sort();
  return {
    title: "look-alikes by what differs, not tuned on",
    columns: ["kind", "pairs", "cosine, mean", "taken for the same, verified"],
    rows: kinds.map((kind) => {
      const own = pairs.filter((pair) => !pair.same && pair.kind === kind);
      const mean = own.reduce((sum, { cosine }) => sum + cosine, 0) / own.length;
      return [kind, own.length, mean, own.filter(({ agrees }) => agrees).length];
    }),
    note: "",
  };
}
