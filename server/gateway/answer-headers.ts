import { usdFromNano } from "../../engine/cost.ts";
import type { ClientHeaders } from "./request-options.ts";

export const JSON_TYPE = "application/json; charset=utf-8";

/**
 * What a request cost and saved, as far as it is known.
 *
 * @param headers to which it is added; by default none
 */
export function moneyHeaders(
  costNanoUsd: number | null,
  savedNanoUsd: number | null,
  headers: Record<string, string> = {},
): Record<string, string> {
  if (costNanoUsd !== null) headers["x-weir-cost-usd"] = decimal(costNanoUsd);
  if (savedNanoUsd !== null) headers["x-weir-saved-usd"] = decimal(savedNanoUsd);
  return headers;
}

export const MONEY_HEADERS = ["x-weir-cost-usd", "x-weir-saved-usd"] as const;

/** Never in exponent form. */
function decimal(nanoUsd: number): string {
  return usdFromNano(nanoUsd)
    .toFixed(9)
    .replace(/\.?0+$/, "");
}

/** Headers of the upstream that its own clients read; ids, cookies and transfer details stay behind. */
const PASSED =
  /^(?:openai-(?:processing-ms|version|organization)|x-ratelimit-[a-z-]+|anthropic-ratelimit-[a-z-]+|anthropic-organization-id)$/;

export function passedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const passed: Record<string, string> = {};
  addPassed(passed, headers);
  return passed;
}

/**
 * Adds them to ours, which are stronger. Onto an object that began as a literal of ours: one that gets more than a dozen
 * fields by computed names alone becomes a hash table, which costs more than all of the answer's head.
 */
export function addPassed(ours: Record<string, string>, headers: Readonly<Record<string, string>>): void {
  for (const name in headers) if (PASSED.test(name) && ours[name] === undefined) ours[name] = headers[name]!;
}

/** Headers of the client that the vendor must see as they are. */
const VENDOR = /^(?:anthropic-(?:version|beta)|openai-(?:beta|organization|project))$/;

export function vendorHeaders(headers: ClientHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === "string" && VENDOR.test(name)) kept[name] = value;
  }
  return kept;
}
