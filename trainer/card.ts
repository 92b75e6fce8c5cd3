import type { Manifest } from "../engine/schema/manifest.ts";
import type { GateVerdict } from "./gate.ts";
import type { HeldOutReport } from "./held-out/report.ts";

export interface CardInput {
  readonly manifest: Omit<Manifest, "files">;
  readonly report: HeldOutReport | null;
  readonly verdict: GateVerdict | null;
  readonly rows: { readonly learned: number; readonly calibration: number; readonly test: number };
}

/** CARD.md: what the router learned from, how well it does beside every trivial baseline, and where it fails. */
export function renderCard({ manifest, report, verdict, rows }: CardInput): string {
  const { lineage } = manifest;
  return [
    `# Router ${manifest.name} ${manifest.version}`,
    "",
    `Tier \`${manifest.tier}\`, estimator \`${lineage.estimator}\`, seed ${lineage.seed}. Made by \`${lineage.command}\`.`,
    `${manifest.models.length} models, ${manifest.tasks.length} tasks, ${manifest.features.count} cheap features${
      manifest.features.ngrams ? `, n-grams hashed to ${manifest.features.ngrams.buckets} rows` : ""
    }${manifest.features.encoder ? `, encoder ${manifest.features.encoder.name}` : ""}.`,
    "",
    "## Trained on",
    "",
    `${rows.learned} prompts. A first fit left out ${rows.calibration} prompts, which calibrated it; the fit that ships learned from them too.`,
    `The report below is on ${rows.test} that neither saw. No group of related prompts is on two sides.`,
    "",
    table(
      ["source", "licence", "origin", "prompts", "labels"],
      lineage.data.map((data) => [data.source, data.licence, data.origin, `${data.prompts}`, `${data.records}`]),
    ),
    "",
    "## Held-out report",
    "",
    ...(report ? heldOut(report, verdict) : ["None: no test split was given."]),
    "",
    "## Models",
    "",
    table(
      ["model", "train labels", "mean quality", "calibration", "eligible"],
      manifest.models.map((model) => [
        model.model,
        `${model.trainLabels}`,
        model.meanQuality.toFixed(3),
        model.calibration.kind,
        model.eligible ? "yes" : "no",
      ]),
    ),
    "",
    "Mean qualities of models that answered different prompts do not compare.",
    "",
    "## Where it fails",
    "",
    "- Prompts unlike its training (chat, agents, images, languages other than English where the sources have none): the",
    `  out-of-distribution distance passes ${manifest.outOfDistributionAbove.toFixed(1)} there, and the policy keeps to the prior.`,
    "- Absolute qualities do not carry over to other kinds of prompts; differences between models carry over better.",
    "- Names that an alias maps to a trained model get that model's profile: a prior, not a measurement.",
    "- It reads the prompt alone and cannot know what an answer turned out to be.",
    ...(report ? belowControls(report) : []),
    "",
  ].join("\n");
}

/** Pools on which a control did better, said where a reader looks for weaknesses. */
function belowControls({ pools }: HeldOutReport): string[] {
  return pools.flatMap(({ pool, rows, router, controls }) =>
    Object.entries(controls)
      .filter(([, value]) => value > router)
      .map(
        ([name, value]) =>
          `- On ${pool} (${rows} held-out prompts) "${name}" does better: ${value.toFixed(4)} against ${router.toFixed(4)}.`,
      ),
  );
}

function heldOut(report: HeldOutReport, verdict: GateVerdict | null): string[] {
  const controls = Object.keys(report.versus);
  return [
    "AIQ: mean height of the cost-quality hull between the cheapest model's cost and the best single model's. \"best-single\" is the",
    'best mix of single models, "length" sees the prompt\'s length alone, "shuffled" is the same estimator on labels dealt',
    'out at random, "oracle" the best answer to each prompt at any cost. Where costs are unknown, models stand at equal',
    "steps by mean quality.",
    "",
    table(
      ["pool", "models", "prompts", "costs", "router", ...controls, "oracle", "cost for 95 %"],
      report.pools.map((pool) => [
        pool.pool,
        `${pool.models.length}`,
        `${pool.rows}`,
        pool.isPriced ? "known" : "by rank",
        pool.router.toFixed(4),
        ...controls.map((name) => pool.controls[name]!.toFixed(4)),
        pool.oracle.toFixed(4),
        pool.c95 === null ? "-" : `${(100 * pool.c95).toFixed(0)} %`,
      ]),
    ),
    "",
    ...Object.entries(report.versus).map(
      ([name, { value, low, high }]) =>
        `- against ${name}: ${signed(value)} (90 % interval ${signed(low)} to ${signed(high)}${
          low > 0 || high < 0 ? "" : "; not distinguishable"
        }), paired over groups of prompts`,
    ),
    ...(verdict && !verdict.passed ? ["", `**Kept by force although ${verdict.faults.join("; ")}.**`] : []),
    "",
    `${(100 * report.outOfDistribution).toFixed(1)} % of the held-out prompts lie beyond the out-of-distribution threshold.`,
    "",
    "Calibration on the held-out prompts (models with at least 50 labels there; 15 equal-mass bins, so about",
    "0.3 x sqrt(15 / labels) is noise):",
    "",
    table(
      ["model", "labels", "ECE", "Brier", "AUC"],
      report.calibration.map(({ model, labels, ece, brier, auc }) => [
        model,
        `${labels}`,
        ece.toFixed(3),
        brier.toFixed(3),
        auc.toFixed(3),
      ]),
    ),
  ];
}

function signed(value: number): string {
  return `${value >= 0 ? "+" : ""}${value.toFixed(4)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
