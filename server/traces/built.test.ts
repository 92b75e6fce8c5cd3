import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { packageRoot } from "../../engine/package-root.ts";
import { addressOf } from "../testing/address-of.ts";

const CLI = fileURLToPath(new URL("dist/cli.js", packageRoot));

it("sends the spans of a request to a collector, as it is shipped", async () => {
  const sent: { path: string; body: string }[] = [];
  const collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      sent.push({ path: request.url ?? "", body: Buffer.concat(chunks).toString("utf8") });
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const cwd = mkdtempSync(join(tmpdir(), "weir-traces-"));
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
  writeFileSync(
    join(cwd, "weir.yaml"),
    `upstreams: { sim: { provider: simulated } }\nroutes: { default: { incumbent: sim/m, candidates: [sim/m] } }\nauth: { required: false }\ntraces: { endpoint: "${endpoint}" }\n`,
  );
  const env = { PATH: process.env["PATH"], WEIR_ADMIN_KEY: "adm", PORT: "0" };
  const server = spawn(process.execPath, [CLI, "serve"], { cwd, env });
  try {
    const url = await addressOf(server);
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "sim/m", messages: [{ role: "user", content: "hi" }] }),
    });
    expect(answer.status).toBe(200);
    await answer.text();
    const gone = once(server, "exit");
    server.kill("SIGTERM");
    await gone;
    expect(sent.map(({ path }) => path)).toContain("/v1/traces");
    const text = sent.map(({ body }) => body).join("");
    expect(text).toContain('"chat sim/m"');
    expect(text).toContain("gen_ai.request.model");
  } finally {
    server.kill("SIGKILL");
    collector.close();
    rmSync(cwd, { recursive: true });
  }
});
