import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { packageRoot } from "../../engine/package-root.ts";
import { addressOf } from "../testing/address-of.ts";

const CLI = fileURLToPath(new URL("dist/cli.js", packageRoot));
const ENVIRONMENT = { PATH: process.env.PATH, WEIR_ADMIN_KEY: "adm", PORT: "0" };

it("logs in a thread of its own as it is shipped, and reports from the command line", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "weir-built-"));
  const server = spawn(process.execPath, [CLI, "serve"], { cwd, env: ENVIRONMENT });
  const url = await addressOf(server);
  for (let i = 0; i < 3; i++) {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "weir/auto", messages: [{ role: "user", content: "hi" }] }),
    });
    await response.text();
    expect(response.status).toBe(200);
  }
  const usage = await fetch(`${url}/admin/usage?group_by=model`, { headers: { "x-weir-key": "adm" } });
  expect(((await usage.json()) as { total: { requests: number } }).total.requests).toBe(3);
  const gone = once(server, "exit");
  server.kill("SIGTERM");
  await gone;
  expect(readdirSync(join(cwd, "data")).filter((file) => file.includes("-log"))).toContain("weir-log.db");

  const report = spawn(process.execPath, [CLI, "report", "--by", "route", "--last", "1d", "--json"], {
    cwd,
    env: ENVIRONMENT,
  });
  let output = "";
  report.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await once(report, "close");
  expect(JSON.parse(output).rows).toMatchObject([{ route: "default", requests: 3, errors: 0 }]);
  rmSync(cwd, { recursive: true });
});
