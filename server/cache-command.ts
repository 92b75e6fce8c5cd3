import { z } from "zod";
import { type ConfigFlags, processEnvironment, readSettings } from "./config.ts";
import { ApiError } from "./errors.ts";

export interface CacheFlags extends ConfigFlags {
  readonly url?: string;
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
  const answer = await ask("GET", "", flags);
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
  const answer = await ask("DELETE", query.size === 0 ? "" : `?${query}`, flags);
  if (flags.json === true) return print(JSON.stringify(answer, null, 2));
  print(`${z.looseObject({ cleared: z.number() }).parse(answer).cleared} answers forgotten`);
}

/** @throws ApiError when no server answers, or refuses */
async function ask(method: string, query: string, flags: CacheFlags): Promise<unknown> {
  const { server, adminKey } = readSettings(flags, processEnvironment());
  const host = server.host === "0.0.0.0" || server.host === "::" ? "127.0.0.1" : server.host;
  const base = flags.url ?? `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`;
  if (adminKey === null) throw new ApiError("unauthorized", "set WEIR_ADMIN_KEY to the server's admin key");
  let response: Response;
  try {
    response = await fetch(`${base}/admin/cache${query}`, { method, headers: { authorization: `Bearer ${adminKey}` } });
  } catch (cause) {
    throw new ApiError("not_ready", `no server answers at ${base}; start one with weir serve, or name its --url`, {
      cause,
    });
  }
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const message = z.looseObject({ error: z.looseObject({ message: z.string() }) }).safeParse(answer);
  throw new ApiError("invalid_request", message.success ? message.data.error.message : `status ${response.status}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
