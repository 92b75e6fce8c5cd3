import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { seededRng } from "../engine/rng.ts";
import type { LogRecord } from "../engine/schema/log-record.ts";
import { commitmentOf } from "./observation/audit-design.ts";
import { Certificate } from "./observation/certificate.ts";
import { simulateObservation } from "./observation/simulation/simulated-observation.ts";
import { openStorage } from "./open-storage.ts";
import { registerProofCommands } from "./proof-cli.ts";

const FIXTURE = new URL("./observation/fixtures/observation.jsonl", import.meta.url);
let folder = "";
const at = (name: string) => join(folder, name);
const linesOf = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weir-proof-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = 0;
});

/** Runs a command line; what it wrote, and its exit code. */
async function weir(...words: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => err.push(String(text)) > 0);
  process.exitCode = 0;
  const program = new Command("weir").exitOverride();
  registerProofCommands(program);
  try {
    await program.parseAsync(words, { from: "user" });
  } finally {
    vi.restoreAllMocks();
  }
  const code = process.exitCode;
  process.exitCode = 0;
  return { out: out.join(""), err: err.join(""), code };
}

describe("weir certify", () => {
  const observation = () => {
    writeFileSync(at("observation.jsonl"), readFileSync(FIXTURE));
    return at("observation.jsonl");
  };

  it("has a fixture that its simulation writes", () => {
    expect(readFileSync(FIXTURE, "utf8")).toBe(linesOf(simulateObservation(900, seededRng(11))));
  });

  it("writes a certificate that still holds, and keeps one that is there", async () => {
    const file = observation();
    const words = ["certify", file, "--max-quality-loss", "0.05", "--out", at("c.json")];
    expect((await weir(...words)).out).toMatch(/all requests: routed from score 0\.\d+ on/);
    const written = Certificate.parse(JSON.parse(readFileSync(at("c.json"), "utf8")));
    expect(written).toMatchObject({ scope: "overall", max_quality_loss: 0.05, confidence: 0.95 });
    await expect(weir(...words)).rejects.toMatchObject({ code: "invalid_request" });
    expect((await weir(...words, "--force")).code).toBe(0);
    expect(await weir("certify", file, "--check", at("c.json"))).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^valid until/),
    });
  });

  it("says why a certificate is void", async () => {
    const file = observation();
    await weir("certify", file, "--max-quality-loss", "0.05", "--out", at("c.json"));
    writeFileSync(file, readFileSync(file, "utf8").replace('"version":"small-1"', '"version":"small-2"'));
    const { code, out } = await weir("certify", file, "--check", at("c.json"));
    expect(code).toBe(1);
    expect(out).toBe("void: simulated/small answers as small-2 now and was small-1 [model_version_changed]\n");
  });

  it("leaves strata that are not shown with the incumbent", async () => {
    const words = ["--scope", "strata", "--max-quality-loss", "0.05", "--out", at("c.json"), "--json"];
    const { strata } = Certificate.parse(JSON.parse((await weir("certify", observation(), ...words)).out));
    expect(strata.map(({ stratum, threshold }) => [stratum, threshold !== null])).toEqual([
      ["chat", true],
      ["code", true],
      ["maths", false],
    ]);
    expect(strata.find(({ stratum }) => stratum === "maths")!.samples_missing).toBeGreaterThan(0);
  });

  it("refuses with the number of audits that are missing, and writes nothing", async () => {
    const words = ["--max-quality-loss", "0.002", "--out", at("c.json")];
    const { code, err } = await weir("certify", observation(), ...words);
    expect(code).toBe(1);
    expect(err).toMatch(/all requests: a loss of at most 0\.2 % is not shown by \d+ audits; \d+ audits are missing/);
    expect(() => readFileSync(at("c.json"))).toThrow();
  });

  it("refuses when audits were lost, and a test that does not fit the losses", async () => {
    const [head, ...rows] = simulateObservation(300, seededRng(1));
    writeFileSync(at("lost.jsonl"), linesOf([{ ...head, lost_share: 0.02 }, ...rows]));
    expect(await weir("certify", at("lost.jsonl"), "--out", at("c.json"))).toMatchObject({
      code: 1,
      err: expect.stringContaining("2.0 % of the audits that were drawn were lost"),
    });
    const words = ["--loss", "non_inferiority", "--test", "binomial", "--out", at("c.json")];
    await expect(weir("certify", observation(), ...words)).rejects.toMatchObject({ place: "--test" });
  });

  it.each([
    ["", /the file is empty/],
    ["not json\n", /is not JSON/],
    [linesOf([{ kind: "observation" }]), /schema/],
  ])("names what is wrong with a file", async (text, message) => {
    writeFileSync(at("bad.jsonl"), text);
    await expect(weir("certify", at("bad.jsonl"))).rejects.toThrow(message);
  });

  it("names the line of an audit that is not one, and of one that is there twice", async () => {
    const [head, row] = simulateObservation(1, seededRng(1));
    writeFileSync(at("bad.jsonl"), linesOf([head, { ...row, score: "high" }]));
    await expect(weir("certify", at("bad.jsonl"))).rejects.toMatchObject({ place: "line 2" });
    writeFileSync(at("bad.jsonl"), linesOf([head, row, row]));
    await expect(weir("certify", at("bad.jsonl"))).rejects.toMatchObject({ place: "line 3" });
    await expect(weir("certify", at("absent.jsonl"))).rejects.toMatchObject({ code: "invalid_request" });
  });
});

describe("weir replay", () => {
  /** A log that tried the cheap model with chance .3; it is good in .7 of its answers, the other in .9. */
  function writeLog(count: number, propensity = 0.3): string {
    const rng = seededRng(3);
    const records = Array.from({ length: count }, (_, i): Partial<LogRecord> => {
      const isCheap = rng.next() < propensity;
      const [model, quality, cost] = isCheap ? (["cheap", 0.7, 0.001] as const) : (["dear", 0.9, 0.01] as const);
      const candidate = (name: string, expected: number, usd: number) => ({
        model: name,
        quality: expected,
        quality_low: expected,
        cost_usd: usd,
        input_tokens: 10,
        output_tokens: 10,
        eligible: true,
        excluded_because: null,
      });
      return {
        id: `req_${i}`,
        at: "2026-11-23T00:00:00Z",
        model,
        cost_usd: cost * (0.5 + rng.next()),
        decision: {
          model,
          propensity: isCheap ? propensity : 1 - propensity,
          incumbent: { model: "dear", quality: 0.9, cost_usd: 0.01 },
          candidates: [candidate("cheap", 0.7, 0.001), candidate("dear", 0.9, 0.01)],
        },
        attempts: [],
        feedback: [{ id: `req_${i}`, score: rng.next() < quality ? 1 : 0, source: "judge" }],
      };
    });
    writeFileSync(at("log.jsonl"), linesOf(records));
    return at("log.jsonl");
  }
  const CHEAP = JSON.stringify({ name: "always", candidate: "cheap" });

  it("finds the value of a policy that was not the log's", async () => {
    const { out, code } = await weir("replay", "--policy", CHEAP, "--from-log", writeLog(3000), "--json");
    const { quality, cost, replayable } = JSON.parse(out);
    expect([code, replayable]).toEqual([0, 3000]);
    for (const method of ["ips", "snips", "dr"]) {
      expect([method, quality[method].low < 0.7 && 0.7 < quality[method].high]).toEqual([method, true]);
      expect([method, cost[method].low < 0.001 && 0.001 < cost[method].high]).toEqual([method, true]);
    }
    expect(quality.effectiveSampleSize / 3000).toBeCloseTo(0.3, 1);
  });

  it("finds the value of a policy that draws lots", async () => {
    const { out } = await weir("replay", "--policy", "random", "--from-log", writeLog(3000), "--json");
    const { dr } = JSON.parse(out).quality;
    expect(dr.low < 0.8 && 0.8 < dr.high).toBe(true);
  });

  it("refuses where too few rows speak for the policy, or none was tried", async () => {
    const few = await weir("replay", "--policy", CHEAP, "--from-log", writeLog(300));
    expect(few).toMatchObject({ code: 1, out: expect.stringContaining("[sample_too_small]") });
    const never = await weir("replay", "--policy", CHEAP, "--from-log", writeLog(3000, 0));
    expect(never).toMatchObject({ code: 1, out: expect.stringContaining("[sample_too_small]") });
  });

  it("says of a log without verdicts where quality comes from, and still gives its cost", async () => {
    const log = writeLog(3000);
    const records = readFileSync(log, "utf8").trim().split("\n");
    writeFileSync(log, linesOf(records.map((line) => ({ ...JSON.parse(line), feedback: undefined }))));
    const { out, code } = await weir("replay", "--policy", CHEAP, "--from-log", log);
    expect([code, out]).toEqual([0, expect.stringContaining("POST /feedback")]);
    expect(out).toContain("weir certify --route");
    expect(out).toMatch(/cost_usd: 3000 rows/);
  });

  it("names what is wrong with policy and log", async () => {
    const log = writeLog(10);
    await expect(weir("replay", "--policy", "oracle", "--from-log", log)).rejects.toMatchObject({
      code: "unknown_policy",
    });
    await expect(weir("replay", "--policy", "{", "--from-log", log)).rejects.toMatchObject({ place: "--policy" });
    writeFileSync(log, '{"id":""}\n');
    await expect(weir("replay", "--policy", CHEAP, "--from-log", log)).rejects.toMatchObject({ place: "line 1" });
  });
});

describe("weir savings", () => {
  const simulate = (name: string, ...more: string[]) =>
    weir("savings", "simulate", "--out", at(name), "--days", "40", "--sessions", "20", "--holdout", "0.3", ...more);

  it("writes the same ledger twice and verifies it", async () => {
    const first = await simulate("a.jsonl");
    await simulate("b.jsonl");
    expect(readFileSync(at("a.jsonl"), "utf8")).toBe(readFileSync(at("b.jsonl"), "utf8"));
    await expect(simulate("a.jsonl")).rejects.toMatchObject({ code: "invalid_request" });
    const found = JSON.parse((await weir("savings", "verify", at("a.jsonl"), "--json")).out);
    expect(found).toMatchObject({ valid: true, arms_drawn_again: true });
    const truth = Number(/saved \$([\d.]+)/.exec(first.out)![1]);
    const { low_usd, high_usd, overhead_usd } = found.months.at(-1).cumulative;
    expect(low_usd < truth - overhead_usd && truth - overhead_usd < high_usd).toBe(true);
    const named = await weir("savings", "verify", at("a.jsonl"), "--head", found.head);
    expect(named).toMatchObject({ code: 0, out: expect.stringContaining("an unbroken chain") });
  });

  it("states one month, in words and as JSON", async () => {
    await simulate("a.jsonl");
    const words = ["savings", "--ledger", at("a.jsonl"), "--month", "2026-10"];
    expect((await weir(...words)).out).toMatch(/^2026-10: saved \$[\d.]+ \([\d.]+ %\) \[/);
    const { months } = JSON.parse((await weir(...words, "--json")).out);
    expect(months).toEqual([expect.objectContaining({ month: "2026-10", fee_usd: expect.any(Number) })]);
    await expect(weir("savings", "--ledger", at("a.jsonl"), "--month", "2020-01")).rejects.toMatchObject({
      place: "--month",
    });
  });

  it("refuses a broken chain and names the row, and an end that was cut off where the head is known", async () => {
    await simulate("a.jsonl");
    const lines = readFileSync(at("a.jsonl"), "utf8").trimEnd().split("\n");
    const head = JSON.parse(lines.at(-1)!).hash;
    writeFileSync(at("cut.jsonl"), `${lines.slice(0, -5).join("\n")}\n`);
    expect((await weir("savings", "verify", at("cut.jsonl"))).code).toBe(0);
    expect(await weir("savings", "verify", at("cut.jsonl"), "--head", head)).toMatchObject({
      code: 1,
      err: expect.stringContaining("[end_missing]"),
    });
    lines[500] = lines[500]!.replace(/"seq":\d+/, '"seq":7');
    writeFileSync(at("broken.jsonl"), lines.join("\n"));
    for (const words of [
      ["savings", "verify", at("broken.jsonl")],
      ["savings", "--ledger", at("broken.jsonl")],
    ]) {
      expect(await weir(...words)).toMatchObject({
        code: 1,
        err: expect.stringMatching(/refused: line 501: .*row 500/),
      });
    }
  });
});

describe("over a database", () => {
  const url = () => `sqlite:${at("weir.db")}`;

  it("adds up the ledger of a route, and says which there are", async () => {
    const storage = await openStorage(url());
    storage.ledger.append([
      {
        route: "default",
        atMs: Date.UTC(2026, 10, 2),
        key: null,
        fact: {
          kind: "terms",
          route: "default",
          incumbent: "large",
          holdout: 0.5,
          salt_commitment: commitmentOf("salt"),
          confidence: 0.95,
          fee_share: 0.2,
          quality_margin: 0.03,
          certificate: null,
        },
      },
    ]);
    await storage.close();
    expect((await weir("savings", "--storage", url())).out).toMatch(/2026-11: saved unknown|2026-11: saved \$0\.00/);
    await expect(weir("savings", "--storage", url(), "--route", "lost")).rejects.toThrow(/known: default/);
  });

  it("certifies nothing where nothing was audited, and wants a file or a route", async () => {
    await expect(weir("certify", "--route", "default", "--storage", url())).rejects.toMatchObject({
      code: "not_certifiable",
    });
    await expect(weir("certify")).rejects.toThrow(/an observation file is needed/);
    await expect(weir("certify", "a.jsonl", "--route", "default")).rejects.toThrow(/not both/);
  });
});
