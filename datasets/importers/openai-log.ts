import { defineImporter, type ImportContext, type PlacedRecord } from "../importer.ts";
import { findScore } from "../log-score.ts";
import { toTimestamp } from "../log-time.ts";
import { groupOf, promptIdOf } from "../prompt-id.ts";
import { type JsonRow, readJsonRows } from "../read-json-rows.ts";
import { parseText, requestText } from "../request-text.ts";
import { valueAt } from "../row-to-records.ts";

/**
 * Request and response pairs as an application logs them: `{"request": {...}, "response": {...}, "score": 0.8}`. The
 * bodies may lie in `.body` (batch files), the request may be called `input` or lie at the top of the line.
 */
export default defineImporter({
  name: "openai-log",
  title: "pairs of OpenAI-style requests and responses with a score or feedback",
  takes: "a .jsonl file, one request a line",
  mappable: true,
  detect: () => false,
  async *read(file, context) {
    await context.plan([file]);
    for await (const rows of readJsonRows(file, context)) {
      yield rows.flatMap((row) => toRecord(row, file, context) ?? []);
    }
  },
});

function toRecord({ value, line }: JsonRow, file: string, context: ImportContext): PlacedRecord | null {
  const mapped = (field: "model" | "task" | "prompt_id" | "cost_usd" | "latency_ms" | "group"): unknown => {
    const path = context.mapping.fields.get(field);
    return path === undefined ? value[field] : valueAt(value, path);
  };
  const request = bodyOf(parseText(value.request) ?? value);
  const response = bodyOf(parseText(value.response) ?? {});
  const score = findScore(value, context.mapping.fields.get("quality"));
  if (score === undefined) return skip(context, "no score");
  if (valueAt(response, "error") || value.error) return skip(context, "request failed");
  const messagesPath = context.mapping.fields.get("messages") ?? context.mapping.fields.get("prompt");
  const text = requestText(messagesPath === undefined ? request : valueAt(value, messagesPath));
  const model = mapped("model") ?? valueAt(request, "model") ?? valueAt(response, "model");
  if (text === null || typeof model !== "string") {
    context.issues.report(file, line, text === null ? "request without text" : "request without model");
    return null;
  }
  const source = context.source ?? "openai-log";
  const asText = JSON.stringify(text.messages);
  const id = mapped("prompt_id") ?? valueAt(response, "id") ?? value.id ?? value.custom_id;
  const task = mapped("task");
  const group = mapped("group");
  const input = valueAt(response, "usage.prompt_tokens") ?? valueAt(response, "usage.input_tokens");
  const output = valueAt(response, "usage.completion_tokens") ?? valueAt(response, "usage.output_tokens");
  const cost = mapped("cost_usd");
  const latency = mapped("latency_ms");
  const at = toTimestamp(value.at ?? value.timestamp ?? valueAt(response, "created") ?? value.created_at);
  return {
    file,
    line,
    record: {
      prompt_id: typeof id === "string" ? `${source}:${id}` : promptIdOf(source, asText),
      ...text,
      ...(typeof task === "string" ? { task } : {}),
      source,
      group: typeof group === "string" ? group : groupOf(asText),
      model,
      // A score that is no number from 0 to 1 is refused by the schema.
      quality: score as number,
      quality_source: context.qualitySource ?? "user",
      ...(typeof cost === "number" ? { cost_usd: cost } : {}),
      ...(typeof input === "number" ? { input_tokens: input } : {}),
      ...(typeof output === "number" ? { output_tokens: output } : {}),
      ...(typeof latency === "number" ? { latency_ms: latency } : {}),
      ...(at === undefined ? {} : { at }),
    },
  };
}

function bodyOf(value: unknown): unknown {
  return parseText(valueAt(value, "body")) ?? value;
}

function skip(context: ImportContext, reason: string): null {
  context.issues.skip(reason);
  return null;
}
