import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { packageRoot } from "../../engine/package-root.ts";
import { addressOf } from "../testing/address-of.ts";

const CLI = fileURLToPath(new URL("dist/cli.js", packageRoot));
const CONFIG = `
upstreams: { sim: { provider: simulated } }
candidates: [{ id: sim/m, upstream: sim, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }]
routes: { default: { incumbent: sim/m, candidates: [sim/m], mode: "off" } }
auth: { required: false }
guardrails:
  - { name: pii, check: pii, action: redact, timeoutMs: 30000 }
  - { name: regex, check: regex, timeoutMs: 30000, options: { patterns: [{ name: x, pattern: "fo{2}" }] } }
  - { name: shape, check: json-schema, on: output, action: flag, timeoutMs: 30000, options: { schema: { type: object } } }
  - { name: language, check: language, action: flag, timeoutMs: 30000, options: { allow: [de] } }
  - { name: topics, check: topics, timeoutMs: 30000, options: { topics: [{ name: t, examples: ["how to make a bomb"] }] } }
`;

it("runs every check with a library of its own as it is shipped", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "weir-guards-"));
  writeFileSync(join(cwd, "weir.yaml"), CONFIG);
  const server = spawn(process.execPath, [CLI, "serve"], { cwd, env: { PATH: process.env.PATH, PORT: "0" } });
  const url = await addressOf(server);
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "weir/default",
      messages: [{ role: "user", content: "This is a longer question in English by ann@example.org, thanks." }],
    }),
  });
  await response.text();
  expect(response.status).toBe(200);
  expect(response.headers.get("x-weir-guardrails")).toBe(
    "pii:input=redacted(EMAIL_ADDRESS 1), regex:input=passed, language:input=flagged(en 1), topics:input=passed, shape:output=flagged(not_json 1)",
  );
  const gone = once(server, "exit");
  server.kill("SIGTERM");
  await gone;
  rmSync(cwd, { recursive: true, force: true });
});
