import { discover } from "../../../engine/discover.ts";
import { compileRules, type RuleFacts } from "../../../engine/rules.ts";
import type { VerifiedRequest, Verifier } from "../verifier.ts";
import type { ObservationSection } from "./observation-config.ts";

export type Verifiers = ReadonlyMap<string, Verifier>;

/** How answers may be told apart without a judge, one file each. */
export function loadVerifiers(): Promise<Verifiers> {
  return discover<Verifier>(new URL("../verifiers/", import.meta.url));
}

/** Qualities in [0, 1] of two answers to one request, and who says so. */
export interface Verdict {
  readonly by: string;
  readonly incumbentQuality: number;
  readonly routedQuality: number;
}

export interface Answers {
  readonly incumbent: string;
  readonly routed: string;
}

/** Asked for whatever is configured: a schema is part of the request. */
const ALWAYS = [{ use: "json-schema" }] as const;

/** What a rule says of two answers; null where none can tell them apart. */
export async function verify(
  answers: Answers,
  request: VerifiedRequest & { readonly facts: RuleFacts },
  section: Pick<ObservationSection, "verifiers">,
  known: Verifiers,
): Promise<Verdict | null> {
  for (const { use, when, ...options } of [...ALWAYS, ...section.verifiers] as ObservationSection["verifiers"]) {
    const verifier = known.get(use);
    const parsed = verifier?.options.safeParse(options);
    if (verifier === undefined || parsed?.success !== true) continue;
    if (when !== undefined && !compileRules([{ when, use }], "")[0]!.matches(request.facts)) continue;
    const ask = async (answer: string) => {
      try {
        return await verifier.verify(answer, request, parsed.data);
      } catch {
        return null; // it cannot tell; the next one may
      }
    };
    const [incumbentQuality, routedQuality] = [await ask(answers.incumbent), await ask(answers.routed)];
    if (incumbentQuality === null || routedQuality === null) continue;
    if (verifier.tells === "faults" && incumbentQuality === 1 && routedQuality === 1) continue;
    return { by: use, incumbentQuality, routedQuality };
  }
  if (answers.incumbent.trim() === answers.routed.trim())
    return { by: "identical", incumbentQuality: 1, routedQuality: 1 };
  return null;
}
