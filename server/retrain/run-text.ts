import type { RetrainRun } from "./retrain-store.ts";

/** A run for a terminal; `isServed`: its proposal serves already. */
export function runText(run: RetrainRun, isServed: boolean): string {
  const { comparison: found, candidate, router, route } = run;
  const lines = [
    `${run.runId}: route ${route}, router ${router} ${run.serving} serves`,
    `  ${STATES[run.state]}: ${run.because ?? run.stage}`,
  ];
  if (found !== null) {
    lines.push(
      `  learned (${found.way ?? "nothing"}) from ${found.labels} verdicts up to ${found.held_out_from}`,
      ...found.tried.map(({ way, log_loss: loss, note }) => {
        const figure = loss === null ? "not tried" : `log loss ${loss.toFixed(4)}`;
        return `    ${way.padEnd(13)} ${figure}${note === null ? "" : ` (${note})`}`;
      }),
      `  compared by ${found.by} on ${found.requests} later requests of ${found.sessions} sessions: they differ on ${percent(found.disagreement)},`,
      `    where the known outcomes speak as ${found.effective_sample_size.toFixed(0)} would`,
    );
    for (const side of ["serving", "candidate", "incumbent"] as const) {
      const figures = found[side];
      if (figures !== null)
        lines.push(`    ${side.padEnd(10)} quality ${figures.quality.toFixed(4)}, ${figures.cost_usd} USD a request`);
    }
  }
  if (run.state === "proposed") {
    lines.push(
      isServed
        ? `  it serves now (retrain.activate); take it back with: weir routers rollback ${router}`
        : `  serve it with: weir routers promote ${router} ${candidate}`,
      `  (every route goes by router ${router}; certificates of ${run.serving} are void from then on, and hold again after a rollback)`,
    );
  }
  return lines.join("\n");
}

const STATES = {
  running: "at",
  proposed: "proposed",
  no_better: "nothing to propose",
  refused: "refused",
  failed: "failed",
  died: "died",
} as const;

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
