import type { Admission, AdmissionFacts, Gate } from "./admission.ts";
import { ANONYMOUS } from "./caller.ts";
import type { Settlement } from "./gateway/settlement.ts";
import type { Stage, StageFacts } from "./gateway/stage.ts";
import { type Metadata, nameIn } from "./log/attribution.ts";

/** The gate as a stage that every request of the gateway passes; settled by the one record of how the request ended. */
export function admissionStage(gate: Gate): Stage {
  return {
    name: "admission",
    async admit(facts) {
      const admission = await gate.admit(factsOf(facts));
      return {
        candidates: admission.candidates,
        headers: admission.headers,
        isCapped: admission.isCapped,
        settle: (settlement) => settle(admission, settlement),
      };
    },
  };
}

/** Field by field, because a spread costs more than the rest of the stage. */
function factsOf(facts: StageFacts): AdmissionFacts {
  const { incoming, options } = facts;
  return {
    route: facts.route,
    isNamed: facts.isNamed,
    candidates: facts.candidates,
    tokens: facts.tokens,
    isHedged: facts.isHedged,
    mayDecline: facts.mayDecline,
    isShared: facts.isShared,
    calls: facts.calls,
    repairTokens: facts.repairTokens,
    caller: incoming.caller ?? ANONYMOUS,
    attribution: attributionOf(options.metadata),
    format: incoming.dialect.format,
  };
}

function settle(
  admission: Admission,
  { requestId, candidate, usage, costNanoUsd, hedgeCostNanoUsd, otherCalls = [], isMended = false }: Settlement,
): void {
  admission.settle({
    requestId,
    candidate,
    usage,
    costNanoUsd: costNanoUsd === null ? null : costNanoUsd + (hedgeCostNanoUsd ?? 0),
    others: otherCalls,
    askedMore: isMended,
  });
}

/** Whom the client says that a request is for: the same names that the log keeps. */
export function attributionOf(metadata: Metadata): AdmissionFacts["attribution"] {
  const tags = nameIn(metadata, "tags") ?? nameIn(metadata, "tag");
  return {
    tenant: nameIn(metadata, "tenant"),
    team: nameIn(metadata, "team"),
    user: nameIn(metadata, "user"),
    tags: tags === null ? [] : tags.split(",").flatMap((tag) => (tag.trim() === "" ? [] : [tag.trim()])),
  };
}
