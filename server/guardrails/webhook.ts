import { createHmac } from "node:crypto";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { defineGuardrail, type Finding, type GuardrailDeps, type Subject } from "../guardrail.ts";

/** What a webhook answers: whether it objects, and to what. */
const Answer = z.looseObject({
  flagged: z.boolean(),
  labels: z.array(z.string().min(1).max(48)).default([]),
  /** Places in the texts that were sent, in UTF-16 units; so that they can be redacted. */
  spans: z
    .array(
      z.looseObject({
        text: z.number().int().nonnegative(),
        start: z.number().int().nonnegative(),
        end: z.number().int().positive(),
        label: z.string().min(1).max(48).default("FLAGGED"),
      }),
    )
    .default([]),
});

/**
 * Asks a service of the operator's. The request is signed: `x-weir-signature: t=<unix seconds>,v1=<hex>` is the HMAC-SHA256
 * of `<t>.<body>`; a try that failed on the way or with 429 or 5xx is made again, with the same id.
 */
export default defineGuardrail({
  name: "webhook",
  options: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).describe("your service, which is asked by POST"),
      secret: z.string().min(16).describe("signs every request; written as a variable of the environment"),
      headers: z.record(z.string(), z.string()).default({}).describe("sent along"),
      retries: z.number().int().min(0).max(5).default(2).describe("further tries after a passing fault"),
      backoffMs: z.number().positive().max(10_000).default(100).describe("before the second try; doubles with each"),
      sendsAll: z.boolean().default(false).describe("sends the whole conversation instead of what is new in it"),
    })
    .describe("what a service of your own objects to"),
  abilities: { phases: ["input", "output"], redacts: true, needsWhole: false, isRemote: true, timeoutMs: 5_000 },
  open({ url, secret, headers, retries, backoffMs, sendsAll }, deps) {
    return {
      async inspect(subject, signal) {
        const from = sendsAll || subject.phase === "output" ? 0 : subject.newFrom;
        const body = JSON.stringify(messageOf(subject, from, deps));
        for (let tries = 0; ; tries++) {
          try {
            return { findings: findingsOf(await ask(body, signal), subject, from) };
          } catch (error) {
            if (signal.aborted || tries >= retries || !(error instanceof Passing)) throw error;
            await deps.sleep(backoffMs * 2 ** tries, signal);
          }
        }
      },
    };

    async function ask(body: string, signal: AbortSignal): Promise<z.infer<typeof Answer>> {
      const seconds = Math.floor(deps.clock() / 1000);
      const signature = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
      const signed = { "content-type": "application/json", "x-weir-signature": `t=${seconds},v1=${signature}` };
      let response: Response;
      try {
        response = await deps.fetch(url, { method: "POST", headers: { ...headers, ...signed }, body, signal });
      } catch (cause) {
        throw new Passing("guardrail_failed", "the webhook could not be reached", { cause });
      }
      const Fault = response.status === 429 || response.status >= 500 ? Passing : ApiError;
      if (!response.ok) throw new Fault("guardrail_failed", `the webhook answered ${response.status}`);
      return Answer.parse(await response.json());
    }
  },
});

/** One that may be gone at the next try. */
class Passing extends ApiError {}

function messageOf({ phase, passages, isWhole }: Subject, from: number, { newId }: GuardrailDeps): object {
  return {
    id: newId(),
    phase,
    is_whole: isWhole,
    texts: passages
      .slice(from)
      .map(({ voice, text, label }) => ({ voice, text, ...(label === null ? {} : { field: label }) })),
  };
}

function findingsOf(answer: z.infer<typeof Answer>, { passages }: Subject, from: number): Finding[] {
  if (!answer.flagged) return [];
  const placed = answer.spans.flatMap(({ text, start, end, label }): Finding[] => {
    const passage = passages[from + text];
    if (passage === undefined || end <= start || end > passage.text.length) return [];
    return [{ label, place: { passage: from + text, start, end } }];
  });
  const labels = answer.labels.map((label): Finding => ({ label, place: null }));
  return placed.length + labels.length === 0 ? [{ label: "FLAGGED", place: null }] : [...placed, ...labels];
}
