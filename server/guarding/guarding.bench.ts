/**
 * CPU time that guardrails add to a request, each alone and switched off, in one process with a simulated upstream:
 *
 *   npx tsx server/guarding/guarding.bench.ts [--requests 300]
 */
import { parseArgs } from "node:util";
import { buildTestApp } from "../testing/build-test-app.ts";

const { values } = parseArgs({ options: { requests: { type: "string", default: "300" } } });
const REQUESTS = Number(values.requests);
const PROSE =
  "The quarterly report was sent to Amina Okonkwo (amina@example.org, +44 20 7946 0958) last Tuesday; please summarise it in three points and keep the tone friendly. ";

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

const config = (guard: string) => `
upstreams: { sim: { provider: simulated } }
candidates: [{ id: sim/m, upstream: sim, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }]
routes: { default: { incumbent: sim/m, candidates: [sim/m], mode: "off" } }
auth: { required: false }
${guard === "" ? "" : `guardrails: [${guard.replace("{", "{ name: one,")}]`}
`;

const base = new Map<number, number>();
for (const [name, guard] of Object.entries(GUARDS)) {
  const test = await buildTestApp({ config: config(guard) });
  const cells: string[] = [];
  for (const chars of [500, 5_000, 50_000]) {
    // Other texts each time: what was looked at once is remembered.
    const ask = (i: number) => {
      const content = `${i} ${PROSE.repeat(Math.ceil(chars / PROSE.length)).slice(0, chars)}`;
      return test.app.inject({
        method: "POST",
        url: "/v1/chat/completions",
        payload: { model: "sim/m", max_tokens: 5, messages: [{ role: "user", content }] },
      });
    };
    const count = chars > 10_000 ? Math.ceil(REQUESTS / 10) : REQUESTS;
    for (let i = 0; i < Math.min(50, count); i++) if ((await ask(-i)).statusCode !== 200) throw new Error(name);
    const before = process.cpuUsage();
    for (let i = 0; i < count; i++) await ask(i);
    const { user, system } = process.cpuUsage(before);
    const each = (user + system) / count;
    if (name === "off") base.set(chars, each);
    const added = each - base.get(chars)!;
    cells.push(`${chars} chars: ${each.toFixed(0)} us${name === "off" ? "" : ` (+${added.toFixed(0)})`}`);
  }
  process.stdout.write(`${name.padEnd(24)} ${cells.join("; ")}\n`);
  await test.close();
}
