import type { z } from "zod";
import type { Named } from "../../engine/discover.ts";
import type { ChatRequest } from "../chat.ts";

/** The request that two answers were given to. */
export interface VerifiedRequest {
  readonly chat: ChatRequest;
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>;
}

/** Plug-in of server/observation/verifiers/: tells an answer's quality by rule, the same whenever it is asked. */
export interface Verifier<Options = unknown> extends Named {
  readonly options: z.ZodType<Options>;
  /**
   * `quality`: its word is the answer's quality. `faults`: it can only find fault; where it finds none in either answer,
   * the next verifier or the judge is asked.
   */
  readonly tells: "quality" | "faults";
  /** Quality in [0, 1]; null where it does not apply or cannot tell. */
  verify(answer: string, request: VerifiedRequest, options: Options): Promise<number | null> | number | null;
}

export function defineVerifier<Options>(verifier: Verifier<Options>): Verifier<Options> {
  return verifier;
}
