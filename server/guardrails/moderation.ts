import { z } from "zod";
import { ApiError } from "../errors.ts";
import { defineGuardrail, type Finding } from "../guardrail.ts";

/** What is read of a moderation endpoint's answer. */
const Answer = z.looseObject({
  results: z.array(
    z.looseObject({
      flagged: z.boolean().default(false),
      categories: z.record(z.string(), z.boolean().nullable()).default({}),
      category_scores: z.record(z.string(), z.number().nullable()).default({}),
    }),
  ),
});

/** An endpoint that speaks OpenAI's moderation API. */
export default defineGuardrail({
  name: "moderation",
  options: z
    .strictObject({
      baseUrl: z
        .url({ protocol: /^https?$/ })
        .default("https://api.openai.com/v1")
        .describe("as for OpenAI's clients: ends in /v1"),
      apiKey: z.string().min(1).optional().describe("its key; written as a variable of the environment"),
      model: z.string().min(1).default("omni-moderation-latest").describe("model that the endpoint is asked for"),
      thresholds: z
        .record(z.string(), z.number().min(0).max(1))
        .optional()
        .describe("least score of each category that counts; by default whatever the endpoint flags"),
    })
    .describe("what an endpoint that speaks OpenAI's moderation API objects to"),
  abilities: { phases: ["input", "output"], redacts: false, needsWhole: false, isRemote: true, timeoutMs: 5_000 },
  open({ baseUrl, apiKey, model, thresholds }, { fetch }) {
    return {
      async inspect({ passages, newFrom, phase }, signal) {
        const own = phase === "input" ? passages.slice(newFrom).filter(({ voice }) => voice !== "system") : passages;
        const input = own.map(({ text }) => text).filter((text) => text.trim() !== "");
        if (input.length === 0) return { findings: [] };
        const response = await fetch(`${baseUrl.replace(/\/$/, "")}/moderations`, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
          },
          body: JSON.stringify({ model, input }),
          signal,
        });
        if (!response.ok) throw new ApiError("guardrail_failed", `the moderation endpoint answered ${response.status}`);
        const { results } = Answer.parse(await response.json());
        const findings: Finding[] = [];
        for (const { flagged, categories, category_scores } of results) {
          const labels =
            thresholds === undefined
              ? Object.keys(categories).filter((name) => categories[name] === true)
              : Object.keys(thresholds).filter((name) => (category_scores[name] ?? 0) >= thresholds[name]!);
          if (thresholds === undefined && flagged && labels.length === 0) labels.push("flagged");
          for (const label of labels) findings.push({ label, place: null });
        }
        return { findings };
      },
    };
  },
});
