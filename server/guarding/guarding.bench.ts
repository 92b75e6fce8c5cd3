/**
 * CPU time that guardrails and the cache add to a request, each alone and switched off, in one process with a simulated upstream:
 *
 *   npx tsx server/guarding/guarding.bench.ts [--requests 300]
 */
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { buildTestApp } from "../testing/build-test-app.ts";

const { values } = parseArgs({ options: { requests: { type: "string", default: "300" } } });
const REQUESTS = Number(values.requests);
const WARMING = 100;
const [SETTLE_MS, QUIET_US] = [3, 400];
const PROSE =
  "The quarterly report was sent to Amina Okonkwo (amina@example.org, +44 20 7946 0958) last Tuesday; please summarise it in three points and keep the tone friendly. ";

/** The cache's part, of a request whose temperature lets it be cached; `hit` asks the same each time. */
const CACHES: Readonly<Record<string, string>> = {
  "cache off": "cache: { exact: off }",
  "cache, kept": "cache: { exact: all }",
  "cache, hit": "cache: { exact: all }",
  "cache, looked up by meaning": "cache: { exact: all, semantic: { maxFalseHitRate: 0.01 } }",
};
const GUARDS: Readonly<Record<string, string>> = {
  off: "",
  "pii, redact": "{ check: pii, action: redact }",
  "pii, structured types":
    "{ check: pii, action: redact, options: { types: [EMAIL_ADDRESS, CREDIT_CARD, IBAN, PHONE_NUMBER, SECRET] } }",
  "deny-list, both ways": "{ check: deny-list, on: both, options: { terms: [nightfall, xyzzy, quux] } }",
  "regex, both ways": '{ check: regex, on: both, options: { patterns: [{ name: x, pattern: "X-[0-9]{4}" }] } }',
  injection: "{ check: injection }",
  length: "{ check: length, options: { maxChars: 1000000 } }",
  language: "{ check: language, options: { deny: [xx] } }",
  topics: '{ check: topics, options: { topics: [{ name: t, examples: ["how to make a bomb"] }], threshold: 0.9 } }',
};

const config = (guard: string, cache = "") => `
upstreams: { sim: { provider: simulated } }
candidates: [{ id: sim/m, upstream: sim, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }]
routes: { default: { incumbent: sim/m, candidates: [sim/m], mode: "off"${cache === "" ? "" : `, ${cache}`} } }
auth: { required: false }
${guard === "" ? "" : `guardrails: [${guard.replace("{", "{ name: one,")}]`}
`;

interface Measured {
  readonly name: string;
  readonly app: Awaited<ReturnType<typeof buildTestApp>>;
}

const apps: Measured[] = [];
for (const [name, guard] of Object.entries(GUARDS))
  apps.push({ name, app: await buildTestApp({ config: config(guard) }) });
for (const [name, cache] of Object.entries(CACHES))
  apps.push({ name, app: await buildTestApp({ config: config("", cache) }) });

/** CPU microseconds of one request. Other texts each time: what was looked at once is remembered. */
async function cost({ app, name }: Measured, chars: number, turn: number): Promise<number> {
  const content = `${name === "cache, hit" ? "" : turn} ${PROSE.repeat(Math.ceil(chars / PROSE.length)).slice(0, chars)}`;
  const before = process.cpuUsage();
  const { statusCode } = await app.app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    payload: { model: name.startsWith("cache") ? "weir/default" : "sim/m", messages: [{ role: "user", content }] },
  });
  await settled();
  const { user, system } = process.cpuUsage(before);
  if (statusCode !== 200) throw new Error(`${name}: ${statusCode}`);
  return user + system;
}

/** Until what goes on behind the answer, in threads of its own too, is done: it belongs to this request. */
async function settled(): Promise<void> {
  for (let spent = QUIET_US + 1; spent > QUIET_US; ) {
    const before = process.cpuUsage();
    await setTimeout(SETTLE_MS);
    const { user, system } = process.cpuUsage(before);
    spent = user + system;
  }
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

process.stdout.write("CPU of a request in microseconds, median (what the part adds; for 1,000 characters)\n");
const table = new Map<string, string[]>(apps.map(({ name }) => [name, []]));
for (const chars of [500, 5_000, 50_000]) {
  const costs = new Map<string, number[]>(apps.map(({ name }) => [name, []]));
  const rounds = chars > 10_000 ? Math.ceil(REQUESTS / 5) : REQUESTS;
  // All of them in turn, so that what else the machine does falls on each alike; the first ones warm up.
  for (let turn = chars > 10_000 ? -5 : -WARMING; turn < rounds; turn++)
    for (const one of apps) {
      const spent = await cost(one, chars, turn);
      if (turn >= 0) costs.get(one.name)!.push(spent);
    }
  for (const { name } of apps) {
    const off = name.startsWith("cache") ? "cache off" : "off";
    const each = median(costs.get(name)!);
    const added = each - median(costs.get(off)!);
    const share =
      name === off ? "" : ` (${added >= 0 ? "+" : ""}${added.toFixed(0)}; ${((added / chars) * 1000).toFixed(0)})`;
    table.get(name)!.push(`${chars}: ${each.toFixed(0)}${share}`);
  }
}
for (const [name, cells] of table) process.stdout.write(`${name.padEnd(24)} ${cells.join("  ")}\n`);
for (const { app } of apps) await app.close();
