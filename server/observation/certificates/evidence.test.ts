import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { seedObservation } from "../../activation/testing/seed-observation.ts";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../../testing/build-test-app.ts";
import { type CertifyFlags, certifyCommand } from "../certify-command.ts";

const headers = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
const CONFIG = `
upstreams: { up: { provider: simulated } }
candidates:
  - { id: up/small, upstream: up, resembles: small, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }
  - { id: up/large, upstream: up, resembles: large, price: { inputUsdPerMTok: 10, outputUsdPerMTok: 20 } }
routes:
  default: { incumbent: up/large, candidates: [up/small, up/large], mode: observe, policy: { name: always, candidate: up/small } }
auth: { required: false }
`;

let folder: string;
let host: TestApp;
const storage = () => `sqlite:${join(folder, "weir.db")}`;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "weir-evidence-"));
  host = await buildTestApp({ config: CONFIG, storage: storage() });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

async function certificate() {
  await seedObservation(host, { audits: 400, bad: 6 });
  const payload = { route: "default", max_quality_loss: 0.05, confidence: 0.9 };
  const answer = await host.app.inject({ method: "POST", url: "/admin/certificate", headers, payload });
  expect(answer.json()).toMatchObject({ certified: true });
  return answer.json().certificate;
}

const evidence = (query = "") => host.app.inject({ url: `/admin/certificate/evidence${query}`, headers });

/** P(Bin(n, p) <= k), added up from the smallest term. */
function binomialTail(k: number, n: number, p: number): number {
  let [term, sum] = [(1 - p) ** n, 0];
  for (let i = 0; i <= k; i++) {
    sum += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return sum;
}

describe("a certificate's evidence", () => {
  it("is the file that its digest names, and gives its figures to whoever adds up alone", async () => {
    const issued = await certificate();
    const answer = await evidence();
    expect(answer.headers["content-type"]).toContain("application/x-ndjson");
    expect(createHash("sha256").update(answer.body).digest("hex")).toBe(issued.data_digest);
    const [head, ...rows] = answer.body
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const [{ threshold, delta, n, routed_share, observed_loss, p_value }] = issued.strata;
    expect(head.thresholds).toContain(threshold);
    const uniform = rows.filter((row) => row.uniform);
    expect(uniform).toHaveLength(n);
    const routed = uniform.filter((row) => row.score >= threshold);
    const harmed = routed.filter((row) => row.incumbent_quality >= 0.5 && row.routed_quality < 0.5).length;
    expect([routed.length / n, harmed / n]).toEqual([routed_share, observed_loss]);
    const p = binomialTail(harmed, n, issued.max_quality_loss);
    expect(p_value / p).toBeCloseTo(1, 9);
    expect(p).toBeLessThanOrEqual(delta);
  });

  it("stays what it was when the observation goes on or another is made", async () => {
    const { digest } = await certificate();
    const before = (await evidence()).body;
    await seedObservation(host, { id: "obs_later", audits: 300, bad: 100 });
    expect((await evidence(`?digest=${digest}`)).body).toBe(before);
  });

  it("is not found where there is no certificate, and never says whose request it was", async () => {
    expect((await evidence()).json().error).toMatchObject({ code: "not_found" });
    expect((await evidence("?route=nowhere")).json().error).toMatchObject({ code: "unknown_route" });
    await certificate();
    expect((await evidence("?digest=0")).json().error).toMatchObject({ code: "not_found" });
    const [, row] = (await evidence()).body.split("\n");
    expect(Object.keys(JSON.parse(row!)).sort()).toEqual(
      ["inclusion", "incumbent_quality", "kind", "request", "routed_quality", "score", "stratum", "uniform"].sort(),
    );
  });

  it("is written by the command, and `certify` of it finds the same again", async () => {
    const issued = await certificate();
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const [file, out] = [join(folder, "evidence.jsonl"), join(folder, "again.json")];
    const flags: CertifyFlags = {
      maxQualityLoss: 0.05,
      confidence: 1 - issued.strata[0].delta,
      loss: "harm",
      scope: "overall",
      test: "auto",
      days: 30,
      out,
      storage: storage(),
      goldShare: 0,
    };
    await certifyCommand(undefined, { ...flags, route: "default", evidence: file });
    expect(existsSync(out)).toBe(false);
    await certifyCommand(file, flags);
    const again = JSON.parse(readFileSync(out, "utf8"));
    expect(again).toMatchObject({ data_digest: issued.data_digest, thresholds_digest: issued.thresholds_digest });
    expect(again.strata).toEqual(issued.strata);
    await expect(certifyCommand(undefined, { ...flags, route: "other", evidence: `${file}.2` })).rejects.toThrow(
      /no certificate of route "other"/,
    );
  });
});
