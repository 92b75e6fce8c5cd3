import type { Candidate } from "../../engine/schema/candidate.ts";
import { ApiError } from "../errors.ts";
import { type ReadCall, readCall, readRaw } from "../gateway/read-call.ts";
import type { StopSignal } from "../gateway/stop-signal.ts";
import { MOST_REPAIR_CHARS } from "../guardrail.ts";
import { type BodyTexts, textsOfBody } from "./body-texts.ts";
import { guardInput, reroutedTo } from "./guard-input.ts";
import { guardOutput } from "./guard-output.ts";
import type { GuardrailOutcome } from "./outcome.ts";
import { createPlaceholders } from "./placeholders.ts";
import { isOn, type Rail } from "./rail.ts";
import { replaceFindings } from "./replace-findings.ts";
import type { Ward } from "./ward.ts";

/** The guard of one request, over the guardrails that are for it. */
export function createWard(rails: readonly Rail[], client: StopSignal): Ward {
  const outcomes: GuardrailOutcome[] = [];
  const placeholders = createPlaceholders();
  const inputRails = rails.filter((rail) => isOn(rail, "input"));
  const outputRails = rails.filter((rail) => isOn(rail, "output"));
  let asked: ReadCall | null = null;

  async function guarded(bytes: Buffer, texts: BodyTexts) {
    const { findings, reroute } = await guardInput(inputRails, texts, client, outcomes);
    if (!inputRails.some(({ config }) => config.action === "redact")) return { bytes, reroute };
    const replaced = replaceFindings(texts.passages, findings, placeholders);
    return { bytes: texts.rewrite((passage) => replaced[passage] ?? null), reroute };
  }

  return {
    rerouteIds: [
      ...new Set(inputRails.flatMap(({ config }) => (config.action === "reroute" ? (config.routeTo ?? []) : []))),
    ],
    repairTokens: repairTokensOf(outputRails),
    outcomes,

    async input(call, admitted, planned) {
      asked = call;
      if (inputRails.length === 0) return { call, candidates: meant(admitted, planned) };
      const { bytes } = call.raw;
      const safe = await guarded(bytes, textsOfBody(bytes, call.dialect.format));
      asked = safe.bytes === bytes ? call : readCall(safe.bytes, call.dialect, call.path);
      const candidates =
        safe.reroute === null ? meant(admitted, planned) : reroutedTo(safe.reroute, admitted, inputRails);
      return { call: asked, candidates };
    },

    async body(bytes, format) {
      if (inputRails.length === 0) return bytes;
      readRaw(bytes); // says what is wrong with a body that cannot be read
      return (await guarded(bytes, textsOfBody(bytes, format))).bytes;
    },

    async output(committed, askAgain) {
      if (asked === null || (outputRails.length === 0 && placeholders.entries.length === 0)) return committed;
      return guardOutput(committed, { rails: outputRails, placeholders, asked, askAgain, client, outcomes });
    },
  };
}

/** A token has a character at least, but for those that no such text has. */
function repairTokensOf(rails: readonly Rail[]): number | null {
  const repairing = rails.filter(({ mayRepair }) => mayRepair);
  return repairing.length === 0 ? null : repairing.length * MOST_REPAIR_CHARS;
}

/** Without those who were admitted for a guardrail's sake alone. */
function meant(admitted: readonly Candidate[], planned: readonly Candidate[]): readonly Candidate[] {
  const left = admitted.filter((candidate) => planned.includes(candidate));
  if (left.length > 0) return left;
  throw new ApiError("model_not_allowed", "this key may use no model that this request could be sent to", {
    place: "model",
  });
}
