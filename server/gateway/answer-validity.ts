import type { AnswerText } from "../../engine/answer/measure-answer.ts";
import { loadAjv } from "../ajv.ts";
import type { ChatRequest } from "../chat.ts";

type Validate = (value: unknown) => boolean;
/** null where there is no schema that can be read. */
export type AnswerValidity = (answer: Pick<AnswerText, "text" | "calls">) => Promise<boolean | null>;

const MOST_CHARACTERS = 64 * 1024;
/** A client's own patterns are run against a model's text for nobody: they can take for ever. */
const LEFT_OUT = ["pattern", "patternProperties"];

/** Whether answers fit the schema that their request asks for, and each call the parameters of a tool of the request. */
export function answerValidity({ output, tools }: Pick<ChatRequest, "output" | "tools">): AnswerValidity {
  const known = new Map<unknown, Promise<Validate | null>>();
  const validatorOf = (schema: unknown) => {
    const made = known.get(schema) ?? compiled(schema);
    known.set(schema, made);
    return made;
  };
  return async ({ text, calls }) => {
    for (const call of calls) {
      const tool = tools.find(({ name }) => name === call.name);
      if (tool === undefined) return false;
      if (!fits(await validatorOf(tool.parameters), call.arguments.trim() === "" ? "{}" : call.arguments)) return false;
    }
    if (calls.length > 0) return true;
    const validate = output.kind === "json_schema" ? await validatorOf(output.schema) : null;
    return validate === null ? null : fits(validate, text);
  };
}

function fits(validate: Validate | null, json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return validate === null || validate(value);
  } catch {
    return false;
  }
}

/** null: it is none that we can read. */
async function compiled(schema: unknown): Promise<Validate | null> {
  if (typeof schema !== "object" || schema === null) return null;
  const Ajv2020 = await loadAjv();
  try {
    if (JSON.stringify(schema).length > MOST_CHARACTERS) return null;
    // Checking the schema itself first would take longer than all the rest.
    const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false });
    for (const keyword of LEFT_OUT) ajv.removeKeyword(keyword);
    return ajv.compile(schema);
  } catch {
    return null;
  }
}
