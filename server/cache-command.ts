import { z } from "zod";
import { askServer, type ServerFlags } from "./admin-client.ts";

export interface CacheFlags extends ServerFlags {
  readonly json?: boolean;
  readonly tenant?: string;
  readonly key?: string;
  readonly route?: string;
}

const Stats = z.looseObject({
  memory: z.looseObject({ entries: z.number(), bytes: z.number() }),
  disk: z.looseObject({ entries: z.number(), bytes: z.number() }),
  outcomes: z.record(z.string(), z.number()),
  saved_usd: z.number(),
});
const MIB = 1024 * 1024;

/** `weir cache stats`: of the server that runs. */
export async function cacheStats(flags: CacheFlags): Promise<void> {
  const answer = await askServer(flags, "/admin/cache");
  if (flags.json === true) return print(JSON.stringify(answer, null, 2));
  const { memory, disk, outcomes, saved_usd } = Stats.parse(answer);
  for (const [name, { entries, bytes }] of Object.entries({ memory, disk }))
    print(`${name.padEnd(8)}${String(entries).padStart(10)} answers ${(bytes / MIB).toFixed(1).padStart(9)} MiB`);
  const counts = Object.entries(outcomes).map(([outcome, count]) => `${outcome} ${count}`);
  print(`requests ${counts.join(", ")}; saved ${saved_usd.toFixed(6)} USD since the start`);
}

/** `weir cache clear`: in the server that runs, and in the storage below it. */
export async function cacheClear(flags: CacheFlags): Promise<void> {
  const query = new URLSearchParams();
  for (const [name, value] of [
    ["tenant", flags.tenant],
    ["key_id", flags.key],
    ["route", flags.route],
  ] as const)
    if (value !== undefined) query.set(name, value);
  const answer = await askServer(flags, `/admin/cache${query.size === 0 ? "" : `?${query}`}`, { method: "DELETE" });
  if (flags.json === true) return print(JSON.stringify(answer, null, 2));
  print(`${z.looseObject({ cleared: z.number() }).parse(answer).cleared} answers forgotten`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
