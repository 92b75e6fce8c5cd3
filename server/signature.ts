/**
 * Proofs of reasoning (Anthropic's signature, Gemini's thoughtSignature, OpenAI's encrypted content) are worth
 * something only to the family of models that made them, and refused with 400 by the others. A conversation that moves
 * between vendors carries them all, so in the neutral form each proof is sealed with its family's name.
 */
export type SignatureFamily = "anthropic" | "google" | "openai";

const PREFIX = "weir.";

/** A vendor's proof as the neutral form carries it. Bedrock and Vertex serve Claude's signatures alike: one family. */
export function sealSignature(family: SignatureFamily, raw: string): string {
  return `${PREFIX}${family}.${raw}`;
}

/**
 * The proof as its own vendor wants it back; null when another family made it. A proof without a seal comes from a
 * client that spoke to the vendor in its own dialect, so it passes.
 */
export function openSignature(family: SignatureFamily, sealed: string | null): string | null {
  if (sealed === null || !sealed.startsWith(PREFIX)) return sealed;
  const own = `${PREFIX}${family}.`;
  return sealed.startsWith(own) ? sealed.slice(own.length) : null;
}

/**
 * In all of them: two searches of a large body instead of six. So short that a search jumps from one first letter to the next,
 * which are not the quotes that code in JSON is full of.
 */
const MARKS = ["weir.", "Vpci5"];
/** How a sealed proof begins as a JSON text; Gemini's dialect shows it in base64. */
const SEALED = ['"weir.anthropic.', '"weir.google.', '"weir.openai.', '"weir.call:', '"weir.open:', '"d2Vpci5'];

/**
 * Whether a client's body gives back a proof of another vendor's model. Such a body cannot pass untouched even where
 * client and upstream speak one format: the vendor would refuse the foreign proof.
 */
export function hasSealedProof(body: Buffer): boolean {
  return MARKS.some((mark) => body.includes(mark)) && SEALED.some((beginning) => body.includes(beginning));
}
