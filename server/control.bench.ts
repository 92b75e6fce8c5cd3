/**
 * CPU time that the control plane adds to a request: its key, limits, two hard budgets, metrics and the log with its
 * thread. The same requests go through the same gateway with all of it and with none of it, in turns, in one process, at a
 * simulated upstream; the log is drained before a turn with it ends. `node --import tsx server/control.bench.ts [turns]`
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import pino from "pino";
import { discover } from "../engine/discover.ts";
import { loadPolicies } from "../engine/index.ts";
import { seededRng } from "../engine/rng.ts";
import { TINY, writeTinyArtifact } from "../engine/testing/tiny-artifact.ts";
import { openAdminKey } from "./admin-key.ts";
import { authenticate } from "./caller.ts";
import { readSettings } from "./config.ts";
import { openControl } from "./control.ts";
import type { Dialect } from "./dialect.ts";
import { createGateway, type Gateway } from "./gateway/gateway.ts";
import { loadProviders, startService } from "./service.ts";

const ADMIN_KEY = "admin-of-this-run-alone";
const A_TURN = 1_500;
const AT_ONCE = 16;
const turns = Number(process.argv[2] ?? 12);
const folder = mkdtempSync(join(tmpdir(), "weir-control-bench-"));

const CONFIG = `
upstreams: { sim: { provider: simulated } }
candidates:
  - { id: sim/small, upstream: sim, resembles: small, maxOutputTokens: 1000, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }
routes: { default: { incumbent: sim/small, candidates: [sim/small], mode: "off" } }
limits: [{ scope: team, subject: search, rpm: 1000000000 }]
budgets: [{ scope: tenant, subject: acme, usd: 1000000, window: 1mo }]
server: { logLevel: silent }
`;

async function main(): Promise<void> {
  const models = pathToFileURL(`${join(folder, "models", "default", "1")}/`);
  const manifest = await writeTinyArtifact(models, { ...TINY, models: ["small", "medium", "large"] });
  writeFileSync(new URL("manifest.json", models), JSON.stringify({ ...manifest, name: "default", version: "1" }));
  writeFileSync(join(folder, "weir.yaml"), CONFIG);
  const storage = `sqlite:${join(folder, "weir.db")}`;
  const flags = { config: join(folder, "weir.yaml"), models: join(folder, "models"), storage };
  const read = () => readSettings(flags, { WEIR_ADMIN_KEY: ADMIN_KEY });
  const log = pino({ level: "silent" });
  const common = { readSettings: read, policies: await loadPolicies(), log, clock: Date.now, rng: seededRng(1) };
  const service = await startService(read(), { ...common, isAlone: true });
  const providers = await loadProviders();
  const dialects = await discover<Dialect>(new URL("./dialects/", import.meta.url));
  const none = { providers, dialects, routers: service.routers, clock: Date.now, rng: seededRng(1), onSettled() {} };
  const bare = createGateway(service.settings, none);
  const created = await service.app.inject({
    method: "POST",
    url: "/admin/keys",
    headers: { "x-weir-key": ADMIN_KEY },
    payload: {
      name: "bench",
      team: "search",
      tenant: "acme",
      limits: { rpm: 1_000_000_000, tpm: 1_000_000_000, parallel: 100 },
      budget: { usd: 1_000_000, window: "1mo" },
    },
  });
  const { key } = created.json() as { key: string };
  const adminKey = await openAdminKey(ADMIN_KEY, service.storage);
  // Its keys are a process's own; the gate that is measured is the service's.
  const control = await openControl({
    storage: service.storage,
    settings: () => service.settings,
    clock: Date.now,
    onRefused() {},
    isLogged: service.requestLog.has,
    log,
  });
  const callerOf = async () =>
    authenticate(key, { settings: service.settings, adminKey, keys: control.keys, nowMs: Date.now() });

  const withAll: number[] = [];
  const without: number[] = [];
  for (let turn = -2; turn < turns; turn++) {
    const bareUs = await cpuOf(() => ask(bare, null));
    const fullUs = await cpuOf(async () => {
      await ask(service.gateway, callerOf);
      while (!(await service.requestLog.flush(5_000)));
    });
    if (turn < 0) continue;
    without.push(bareUs);
    withAll.push(fullUs);
  }
  say("with none of it, us of CPU a request", median(without));
  say("with all of it, us of CPU a request", median(withAll));
  say("difference, median of turns, us", median(withAll.map((us, i) => us - without[i]!)));
  say("refused or failed", refused);
  await control.close();
  await bare.close();
  await service.close();
  rmSync(folder, { recursive: true });
}

const BODY = Buffer.from(
  JSON.stringify({
    model: "sim/small",
    max_tokens: 200,
    messages: [{ role: "user", content: "What is a weir? ".repeat(20) }],
  }),
);
let ids = 0;
let refused = 0;

async function ask(gateway: Gateway, callerOf: (() => ReturnType<typeof authenticate>) | null): Promise<void> {
  const dialect = gateway.dialects.get("openai-chat")!;
  let left = A_TURN;
  const one = async () => {
    while (left-- > 0) {
      const caller = callerOf === null ? null : await callerOf();
      const answer = await gateway.serve({
        requestId: `req_bench${ids++}`,
        dialect,
        headers: {},
        keyId: caller?.keyId ?? null,
        ...(caller === null ? {} : { caller }),
        signal: new AbortController().signal,
        body: BODY,
        path: { model: null, stream: null },
      });
      if (answer.status !== 200) refused++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

async function cpuOf(act: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / A_TURN;
}

function median(values: readonly number[]): string {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!.toFixed(1);
}

function say(name: string, value: unknown): void {
  process.stdout.write(`${name.padEnd(44)} ${String(value)}\n`);
}

await main();
