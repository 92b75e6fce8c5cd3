import { writeFile } from "node:fs/promises";
import { seededRng } from "../../engine/rng.ts";
import { ApiError } from "../errors.ts";
import { simulateLedger } from "./simulation/simulated-ledger.ts";

export interface SimulateFlags {
  readonly out: string;
  readonly days: number;
  readonly sessions: number;
  readonly holdout: number;
  readonly seed: number;
  readonly force?: boolean;
}

/** Salt of simulated ledgers; a real one is secret until its period is over. */
const SALT = "simulated";

/** `weir savings simulate`: a ledger whose true saving is known, to try the method on. */
export async function simulateCommand({ out, days, sessions, holdout, seed, force }: SimulateFlags): Promise<void> {
  const { rows, trueSavingNanoUsd } = simulateLedger(
    { startMs: Date.UTC(2026, 9, 1), days, sessionsADay: sessions, holdout, salt: `${SALT} ${seed}` },
    seededRng(seed),
  );
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  try {
    await writeFile(out, text, { flag: force === true ? "w" : "wx" });
  } catch (cause) {
    throw new ApiError("invalid_request", "cannot be written, or is there already; --force replaces it", {
      place: out,
      cause,
    });
  }
  process.stdout.write(
    `${rows.length} rows of simulated traffic in ${out}; routing saved $${(trueSavingNanoUsd / 1e9).toFixed(2)} in truth, before overhead\n`,
  );
}
