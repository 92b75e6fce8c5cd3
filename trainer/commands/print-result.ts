import type { TrainResult } from "../pipeline.ts";

/** Prints what a training run made: JSON, or a few lines a person reads. */
export function printResult(result: TrainResult, asJson: boolean, seconds: number): void {
  const { folder, version, router, report, verdict, parity } = result;
  if (asJson) {
    const facts = {
      folder,
      version,
      estimator: router.choice.name,
      tried: router.choice.tried,
      models: router.models.length,
      passed: verdict.passed,
      faults: verdict.faults,
      parity,
      report,
      seconds,
    };
    process.stdout.write(`${JSON.stringify(facts)}\n`);
    return;
  }
  const lines = [
    `wrote ${folder} (${router.models.length} models, estimator ${router.choice.name}, ${seconds.toFixed(1)} s)`,
    ...report.pools.map(
      (pool) =>
        `  ${pool.pool}: AIQ ${pool.router.toFixed(4)} on ${pool.rows} held-out prompts, ${pool.models.length} models; ${Object.entries(
          pool.controls,
        )
          .map(([name, value]) => `${name} ${value.toFixed(4)}`)
          .join(", ")}`,
    ),
    ...Object.entries(report.versus).map(
      ([name, { value, low, high }]) =>
        `  against ${name}: ${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]${low > 0 || high < 0 ? "" : " not distinguishable"}`,
    ),
    ...verdict.faults.map((fault) => `  forced although ${fault}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
