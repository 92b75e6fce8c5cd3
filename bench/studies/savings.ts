import { measureSavings, type SavingsCoverage } from "../../server/savings/simulation/savings-coverage.ts";
import { PRICE_CUT } from "../../server/savings/simulation/simulated-savings.ts";
import { bar } from "../result.ts";
import { defineStudy } from "../study.ts";

export default defineStudy({
  name: "savings",
  summary:
    "how often the billed bound on savings holds, over simulated traffic with known true saving; repricing beside it",
  protocol:
    "Simulated quarters (--resamples) of 36,000 sessions, 5 % of them held on the incumbent: heavy-tailed costs, warm caches that a switch loses, longer answers, a fifth more requests after routing, failures that are paid twice, and the incumbent's price halved in the middle. One router routes whatever is not hard, the other only sessions that are short, small and easy. The bound counts as holding only when it was at or below the true cumulative saving on every one of the 90 days.",
  async run({ resamples: runs, log }) {
    const worlds: [name: string, found: SavingsCoverage][] = [
      ["routes what is not hard", measureSavings({ ...PRICE_CUT, isAdversarial: false }, runs, 1)],
      ["picks easy sessions", measureSavings(PRICE_CUT, runs, 2)],
      ["price not cut", measureSavings({ ...PRICE_CUT, isAdversarial: false, priceOn: () => 1 }, runs, 3)],
    ];
    log("worlds simulated");
    return {
      bars: worlds.map(([name, { boundHeld }]) => bar(`bound held, ${name}`, boundHeld / runs, "at least", 0.95)),
      tables: [
        {
          title: `Savings over ${runs} simulated quarters, as shares of the true saving`,
          columns: [
            "router",
            "bound held daily",
            "interval held daily",
            "normal bound held daily",
            "bound",
            "estimate",
            "repriced",
            "routed against holdout",
            "true USD",
          ],
          rows: worlds.map(([name, found]) => [
            name,
            found.boundHeld / runs,
            found.intervalHeld / runs,
            found.peekedNormalHeld / runs,
            found.bound,
            found.estimate,
            found.repriced,
            found.routedAgainstHoldout,
            found.trueSavingUsd,
          ]),
          note: "repriced: routed tokens at the incumbent's first list price, as dashboards do; routed against holdout: means of the sessions that the router picked and of the holdout. Both claim what was not saved.",
        },
      ],
      charts: [],
      notes: [],
    };
  },
});
