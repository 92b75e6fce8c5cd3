import { z } from "zod";
import { loadAjv } from "../ajv.ts";
import { defineGuardrail, PASSES, type Verdict } from "../guardrail.ts";

const MOST_FAULTS = 8;
/** All of them and what stands around them are within what a model may be told. */
const MOST_FAULT_CHARS = 100;

/** Answers that must be JSON of a certain shape; one that is not may be mended by its model once. */
export default defineGuardrail({
  name: "json-schema",
  options: z
    .strictObject({
      schema: z.record(z.string(), z.unknown()).describe("the JSON schema that an answer must fulfil"),
      repair: z.boolean().default(false).describe("asks the model once more, telling it what is wrong"),
    })
    .superRefine(async ({ schema }, context) => {
      try {
        await compiled(schema);
      } catch (error) {
        const message = `is no JSON schema: ${(error as Error).message}`;
        context.addIssue({ code: "custom", path: ["schema"], message });
      }
    })
    .describe("answers that must be JSON of a certain shape; one that is not may be mended by its model once"),
  abilities: { phases: ["output"], redacts: false, needsWhole: true, isRemote: false, timeoutMs: 1_000 },
  mayRepair: ({ repair }) => repair === true,
  async open({ schema, repair }) {
    const validate = await compiled(schema);
    const faulty = (label: string, what: string): Verdict => ({
      findings: [{ label, place: null }],
      ...(repair ? { repair: `${what}\nAnswer again with the corrected JSON only.` } : {}),
    });
    return {
      inspect({ passages }) {
        const text = passages
          .filter(({ voice }) => voice === "assistant")
          .map((passage) => passage.text)
          .join("");
        // An answer that only calls tools is not meant.
        if (text === "" && passages.length > 0) return PASSES;
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch {
          return faulty("not_json", "Your answer is not valid JSON.");
        }
        if (validate(value)) return PASSES;
        const faults = (validate.errors ?? [])
          .slice(0, MOST_FAULTS)
          .map(({ instancePath, message }) =>
            shortened(`- ${instancePath === "" ? "(the whole)" : instancePath}: ${message}`),
          );
        return faulty("not_in_schema", `Your answer is JSON that does not fit its schema:\n${faults.join("\n")}`);
      },
    };
  },
});

function shortened(line: string): string {
  return line.length <= MOST_FAULT_CHARS ? line : `${line.slice(0, MOST_FAULT_CHARS - 1)}…`;
}

async function compiled(schema: object) {
  const Ajv2020 = await loadAjv();
  return new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
}
