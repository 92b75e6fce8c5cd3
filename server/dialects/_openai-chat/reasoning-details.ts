import type { ReasoningPart } from "../../chat.ts";
import { sealProof } from "../_shared/proof.ts";
import type { ReasoningDetail } from "./schema.ts";

/**
 * Reasoning with proofs, which the format itself has no field for, in OpenRouter's form: clients that give
 * `reasoning_details` back let a model of any vendor go on thinking where it stopped. Absent where nothing is proved.
 */
export function reasoningDetails(parts: readonly ReasoningPart[]): object[] | undefined {
  if (!parts.some(({ signature, redacted }) => signature !== null || redacted !== null)) return undefined;
  return parts.map(({ text, signature, redacted }, index) => {
    if (redacted === null) return { type: "reasoning.text", text, signature, index };
    return { type: "reasoning.encrypted", data: redacted, summary: text === "" ? undefined : text, index };
  });
}

/** The way back. Details without a proof are the plain text once more. */
export function reasoningParts(details: readonly ReasoningDetail[], plain: string): ReasoningPart[] {
  const parts: ReasoningPart[] = [];
  for (const { text, summary, signature, data } of details) {
    const said = text ?? summary ?? "";
    const redacted = data ? sealProof("openai", data) : null;
    const proof = redacted === null ? sealProof("anthropic", signature) : null;
    if (said === "" && redacted === null && proof === null) continue;
    const part: ReasoningPart = { kind: "reasoning", text: said, signature: proof, redacted };
    const isRepeated = parts.some(
      (known) => known.text === part.text && known.signature === part.signature && known.redacted === part.redacted,
    );
    if (!isRepeated) parts.push(part);
  }
  if (parts.length > 0) return parts;
  return plain === "" ? [] : [{ kind: "reasoning", text: plain, signature: null, redacted: null }];
}
