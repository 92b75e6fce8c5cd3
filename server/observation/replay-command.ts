import { loadPolicies } from "../../engine/index.ts";
import { policyPlugin, readyPolicy } from "../../engine/ready-policy.ts";
import { LogRecord } from "../../engine/schema/log-record.ts";
import { PolicyConfig } from "../../engine/schema/route-config.ts";
import { parseLine, readLines } from "../read-lines.ts";
import type { Estimate } from "./estimators/estimate.ts";
import { type OffPolicyValue, offPolicyValue } from "./estimators/off-policy.ts";
import { calibrationOf, choicesUnder, type ReplayableRequest, replayable } from "./log-policy.ts";

export interface ReplayFlags {
  readonly policy: string;
  readonly fromLog: string;
  readonly confidence: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** `weir replay`: what another policy would have been worth, from a log's propensities. */
export async function replayCommand({ policy, fromLog, confidence, seed, json }: ReplayFlags): Promise<void> {
  const config = policy.startsWith("{") ? parseLine(PolicyConfig, policy, "--policy") : { name: policy };
  const policies = await loadPolicies();
  const plugin = policyPlugin(policies, config.name);
  const requests: ReplayableRequest[] = [];
  let records = 0;
  for await (const { text, line } of readLines(fromLog)) {
    records++;
    const request = replayable(parseLine(LogRecord, text, `line ${line}`));
    if (request !== null) requests.push(request);
  }
  const ready = readyPolicy(policies, config, calibrationOf(requests));
  const figureOf = (outcome: "quality" | "costNanoUsd") =>
    offPolicyValue(choicesUnder(ready, plugin.drawsLots === true, requests, outcome, seed), { confidence });
  const found = { quality: withWhy(figureOf("quality")), cost: inUsd(figureOf("costNanoUsd")) };
  if (json === true) {
    process.stdout.write(
      `${JSON.stringify({ policy: config, confidence, records, replayable: requests.length, ...found }, null, 2)}\n`,
    );
  } else {
    process.stdout.write(`${records} records, ${requests.length} with a decision that its model answered\n`);
    process.stdout.write(`${lines("quality", found.quality)}\n${lines("cost_usd", found.cost)}\n`);
  }
  if (found.quality.kind === "refused" && found.cost.kind === "refused") process.exitCode = 1;
}

/** Audits are no verdicts here: they are drawn where the route's own policy leaves the incumbent, and stand for nothing else. */
function withWhy(value: OffPolicyValue): OffPolicyValue {
  if (value.kind !== "refused" || value.reason !== "no_rows") return value;
  const message =
    "no request with a decision has a verdict: quality comes from POST /feedback (user, judge or test); what audits found is asked by `weir observe` and `weir certify --route`";
  return { ...value, message };
}

function inUsd(value: OffPolicyValue): OffPolicyValue {
  if (value.kind === "refused") return value;
  const usd = (estimate: Estimate): Estimate => ({
    ...estimate,
    value: estimate.value / 1e9,
    low: estimate.low / 1e9,
    high: estimate.high / 1e9,
  });
  return { ...value, ips: usd(value.ips), snips: usd(value.snips), dr: usd(value.dr) };
}

function lines(name: string, value: OffPolicyValue): string {
  if (value.kind === "refused") return `${name}: no value: ${value.message} [${value.reason}]`;
  const shown = (["dr", "snips", "ips"] as const).map((method) => {
    const { value: at, low, high } = value[method];
    return `  ${method.padEnd(6)} ${digits(at)} [${digits(low)}, ${digits(high)}]`;
  });
  const { n, effectiveSampleSize, clippedShare, meanWeight } = value;
  const head = `${name}: ${n} rows that speak as ${effectiveSampleSize.toFixed(0)} would; mean weight ${meanWeight.value.toFixed(3)}, ${(100 * clippedShare).toFixed(1)} % of weights cut`;
  return [head, ...shown].join("\n");
}

function digits(value: number): string {
  return value.toPrecision(5);
}
