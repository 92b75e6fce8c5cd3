import { z } from "zod";
import { type Policies, readyPolicy } from "../../engine/ready-policy.ts";
import type { PolicyConfig } from "../../engine/schema/route-config.ts";
import { BenchError } from "../errors.ts";
import type { Pool } from "../pool.ts";
import type { Contender } from "./contender.ts";
import { type Forecast, replayPolicy, routeCalibration } from "./replay.ts";

/** A policy of the command line: `quality-target:quality=0.9`. The text is its name in reports. */
export interface AskedPolicy {
  readonly text: string;
  readonly config: PolicyConfig;
}

/**
 * `name` or `name:option=value,option=value`; numbers and true/false are read as such.
 *
 * @throws BenchError `bad_option`
 */
export function parsePolicy(text: string): AskedPolicy {
  const [name, rest] = splitOnce(text, ":");
  if (name === "") throw new BenchError("bad_option", `"${text}" names no policy`, { place: "--policies" });
  const options = (rest ?? "").split(",").filter((part) => part !== "");
  const entries = options.map((part) => {
    const [option, value] = splitOnce(part, "=");
    if (value === undefined) {
      throw new BenchError("bad_option", `"${part}" in "${text}" is not option=value`, { place: "--policies" });
    }
    return [option, literal(value)] as const;
  });
  return { text, config: { name, ...Object.fromEntries(entries) } };
}

/** @throws BenchError `unknown_policy`, listing what there is; `bad_option` */
export function checkPolicy({ text, config }: AskedPolicy, policies: Policies): void {
  const { name, ...options } = config;
  const plugin = policies.get(name);
  const parsed = plugin?.options.safeParse(options);
  if (parsed?.success) return;
  if (parsed !== undefined) {
    const problems = z.prettifyError(parsed.error).replaceAll("\n", " ");
    throw new BenchError("bad_option", `options of "${text}": ${problems}`, { place: "--policies" });
  }
  const known = [...policies.keys()].join(", ");
  throw new BenchError("unknown_policy", `no policy is called ${name}; there are ${known}`, {
    place: "--policies",
  });
}

/** A policy made ready on the calibration rows and asked for every test row. */
export function policyContender(
  { text, config }: AskedPolicy,
  policies: Policies,
  rows: {
    readonly calibration: Pool;
    readonly calibrationForecast: Forecast;
    readonly test: Pool;
    readonly testForecast: Forecast;
  },
  options: { readonly incumbent: number; readonly seed: number },
): Contender {
  const calibration = routeCalibration(rows.calibration, rows.calibrationForecast, options.incumbent);
  const ready = readyPolicy(policies, config, calibration);
  const operating = replayPolicy(ready, rows.test, rows.testForecast, options);
  return { name: text, source: "policy", knob: { kind: "none" }, gain: null, operating };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function literal(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
