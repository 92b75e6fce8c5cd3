import { defineImporter, type ImportContext, type PlacedRecord } from "../importer.ts";
import { findScore } from "../log-score.ts";
import { toMilliseconds, toTimestamp } from "../log-time.ts";
import { groupOf } from "../prompt-id.ts";
import { type JsonRow, readJsonRows } from "../read-json-rows.ts";
import { parseText, requestText } from "../request-text.ts";
import { valueAt } from "../row-to-records.ts";

/**
 * LiteLLM's StandardLoggingPayload or rows of LiteLLM_SpendLogs, one request a line. LiteLLM keeps no judgement, so the
 * score is looked for where applications put it (metadata.requester_metadata.score and the like) or where
 * `--map quality=<path>` says. A request without one is passed over and counted.
 */
export default defineImporter({
  name: "litellm-log",
  title: "LiteLLM proxy logs (StandardLoggingPayload or spend logs) with a score in their metadata",
  takes: "a .jsonl file, or one JSON array as GET /spend/logs gives it",
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
  // Custom loggers write the payload inside the call's keyword arguments.
  const row = Object(value.standard_logging_object ?? value) as Readonly<Record<string, unknown>>;
  const at = (field: Parameters<typeof context.mapping.fields.get>[0], ...usual: string[]): unknown => {
    const path = context.mapping.fields.get(field);
    if (path !== undefined) return valueAt(row, path);
    return usual
      .map((name) => valueAt(row, name))
      .find((found) => found !== undefined && found !== null && found !== "");
  };
  if (row.status === "failure") return skip(context, "request failed");
  if (row.cache_hit === true || row.cache_hit === "True") return skip(context, "answered from a cache");
  const withMetadata = { ...row, metadata: parseText(row.metadata) };
  const score = findScore(withMetadata, context.mapping.fields.get("quality"));
  if (score === undefined) return skip(context, "no score");
  const text = requestText(bodyOf(row, at("messages", "messages")));
  if (text === null) return skip(context, "no prompt text (LiteLLM keeps it only with store_prompts_in_spend_logs)");
  const id = at("prompt_id", "id", "request_id", "trace_id");
  const model = at("model", "model_group", "model");
  if (typeof id !== "string" || typeof model !== "string") {
    context.issues.report(file, line, "row without id or model");
    return null;
  }
  const start = toMilliseconds(valueAt(row, "startTime"));
  const end = toMilliseconds(valueAt(row, "endTime"));
  const source = context.source ?? "litellm";
  const task = at("task");
  const timestamp = toTimestamp(at("at", "startTime"));
  return {
    file,
    line,
    record: {
      prompt_id: `${source}:${id}`,
      ...text,
      ...(typeof task === "string" ? { task } : {}),
      source,
      group: groupOf(JSON.stringify(text.messages)),
      model,
      // A score that is no number from 0 to 1 is refused by the schema.
      quality: score as number,
      quality_source: context.qualitySource ?? "user",
      ...number("cost_usd", at("cost_usd", "response_cost", "spend")),
      ...number("input_tokens", at("input_tokens", "prompt_tokens")),
      ...number("output_tokens", at("output_tokens", "completion_tokens")),
      ...(start !== undefined && end !== undefined && end >= start ? { latency_ms: end - start } : {}),
      ...(timestamp === undefined ? {} : { at: timestamp }),
    },
  };
}

/** Spend logs hold the whole request beside or instead of the messages. */
function bodyOf(row: Readonly<Record<string, unknown>>, messages: unknown): unknown {
  const parsed = parseText(messages);
  const request = parseText(row.proxy_server_request);
  const body = { ...Object(parseText(row.model_parameters)), ...Object(valueAt(request, "body") ?? request) };
  const isEmpty =
    parsed === undefined || (typeof parsed === "object" && parsed !== null && Object.keys(parsed).length === 0);
  if (isEmpty) return body;
  return { ...body, messages: valueAt(parsed, "messages") ?? parsed };
}

function number<Name extends string>(name: Name, value: unknown): { [key in Name]?: number } {
  // A computed key widens to an index signature; it is exactly `name`.
  return typeof value === "number" ? ({ [name]: value } as { [key in Name]: number }) : {};
}

function skip(context: ImportContext, reason: string): null {
  context.issues.skip(reason);
  return null;
}
