import type { Admission, AdmissionFacts, Gate } from "./admission.ts";
import { ANONYMOUS } from "./caller.ts";
import type { RequestOptions } from "./gateway/request-options.ts";
import type { Settlement } from "./gateway/settlement.ts";
import type { Stage, StageFacts } from "./gateway/stage.ts";

/** The gate as a stage that every request of the gateway passes; settled by the one record of how the request ended. */
export function admissionStage(gate: Gate): Stage {
  return {
    name: "admission",
    async admit(facts) {
      const admission = await gate.admit(factsOf(facts));
      return {
        candidates: admission.candidates,
        headers: admission.headers,
        settle: (settlement) => settle(admission, settlement),
      };
    },
  };
}

function factsOf({ incoming, options, ...facts }: StageFacts): AdmissionFacts {
  return {
    ...facts,
    caller: incoming.caller ?? ANONYMOUS,
    attribution: attributionOf(options.metadata),
    format: incoming.dialect.format,
  };
}

function settle(
  admission: Admission,
  { candidate, usage, costNanoUsd, hedgeCostNanoUsd, status, attempts }: Settlement,
): void {
  admission.settle({
    candidate,
    usage,
    costNanoUsd: costNanoUsd === null ? null : costNanoUsd + (hedgeCostNanoUsd ?? 0),
    isCutOff: status === CLIENT_LEFT && attempts.length > 0,
  });
}

const CLIENT_LEFT = 499;

function attributionOf(metadata: RequestOptions["metadata"]): AdmissionFacts["attribution"] {
  const textOf = (name: string) => {
    const value = metadata[name];
    return value === undefined || value === null || value === "" ? null : String(value);
  };
  const tags = textOf("tags") ?? textOf("tag");
  return {
    tenant: textOf("tenant"),
    team: textOf("team"),
    user: textOf("user"),
    tags: tags === null ? [] : tags.split(",").flatMap((tag) => (tag.trim() === "" ? [] : [tag.trim()])),
  };
}
