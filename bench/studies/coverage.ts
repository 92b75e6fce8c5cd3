import { measureCoverage } from "../../server/observation/simulation/coverage.ts";
import { bar } from "../result.ts";
import { defineStudy } from "../study.ts";

const NOMINAL = 0.95;
/** A method of exactly nominal coverage falls below the bar once in 20 studies. */
const Z = 1.645;

export default defineStudy({
  name: "coverage",
  summary: "how often the estimators' 95 % intervals hold, over simulated observations with known truth",
  protocol:
    "Simulated observations (--resamples) of 14 days and some 4,000 requests in sessions whose requests are alike; a quarter audited with unequal chances (uniform and variance-optimal part), judged by a judge that likes ties and errs, of which a part is labelled. Truth by numerical integration. Looked at daily: an interval counts as holding only when it held on all 14 days. Naive ones stand beside. A method is below nominal when its coverage could not be chance (one-sided 5 %).",
  async run({ resamples: runs }) {
    const found = measureCoverage(runs, 1);
    const limit = NOMINAL - Z * Math.sqrt((NOMINAL * (1 - NOMINAL)) / runs);
    return {
      bars: found
        .filter(({ kind }) => kind === "nominal")
        .map(({ method, covered }) => bar(`coverage of ${method}`, covered / runs, "at least", limit)),
      tables: [
        {
          title: `Coverage over ${runs} runs, nominal ${NOMINAL}`,
          columns: ["method", "kind", "coverage", "mean width"],
          rows: found.map(({ method, kind, covered, meanWidth }) => [method, kind, covered / runs, meanWidth]),
          note: "Widths are of the last day; of the quality difference (from -1 to 1) but for those of the saving.",
        },
      ],
      charts: [],
      notes: [],
    };
  },
});
