import { openAiChatSamples } from "./openai-chat.ts";
import { sse, type WireSamples } from "./samples.ts";

const usage = {
  input_tokens: 20,
  input_tokens_details: { cached_tokens: 8 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 3 },
  total_tokens: 25,
};
const head = {
  id: "resp_1",
  object: "response",
  created_at: 1_700_000_000,
  model: "m",
  error: null,
  incomplete_details: null,
};
const whole = (output: readonly object[], status = "completed") => ({ ...head, status, output, usage });
const begin = [
  { type: "response.created", response: { ...head, status: "in_progress", output: [] } },
  { type: "response.in_progress", response: { ...head, status: "in_progress", output: [] } },
];
const end = (output: readonly object[]) => ({ type: "response.completed", response: whole(output) });
const message = (text: string) => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text, annotations: [] }],
});
const said = (output_index: number, text: string, ...pieces: readonly string[]) => [
  { type: "response.output_item.added", output_index, item: { ...message(""), content: [] } },
  {
    type: "response.content_part.added",
    output_index,
    content_index: 0,
    part: { type: "output_text", text: "", annotations: [] },
  },
  ...pieces.map((delta) => ({ type: "response.output_text.delta", output_index, content_index: 0, delta })),
  { type: "response.output_text.done", output_index, content_index: 0, text },
  { type: "response.content_part.done", output_index, content_index: 0, part: { type: "output_text", text } },
  { type: "response.output_item.done", output_index, item: message(text) },
];
const call = (call_id: string, name: string, json: string) => ({
  type: "function_call",
  id: `fc_${call_id}`,
  call_id,
  name,
  arguments: json,
  status: "completed",
});
const called = (output_index: number, item: ReturnType<typeof call>, ...pieces: readonly string[]) => [
  { type: "response.output_item.added", output_index, item: { ...item, arguments: "" } },
  ...pieces.map((delta) => ({ type: "response.function_call_arguments.delta", output_index, delta })),
  { type: "response.function_call_arguments.done", output_index, arguments: item.arguments },
  { type: "response.output_item.done", output_index, item },
];
const reasoning = {
  type: "reasoning",
  id: "rs_1",
  summary: [{ type: "summary_text", text: "Sky: blue?" }],
  encrypted_content: "ZW5j",
};
const weather = call("call_a", "get_weather", '{"city":"Paris"}');
const time = call("call_b", "get_time", "{}");

/** `POST /responses` */
export const responsesSamples: WireSamples = {
  text: {
    body: whole([message("The sky is blue.")]),
    stream: sse(...begin, ...said(0, "The sky is blue.", "The sky", " is blue."), end([message("The sky is blue.")])),
    usage: [12, 8, 5, 3],
  },
  tools: {
    body: whole([weather, time]),
    stream: sse(...begin, ...called(0, weather, '{"city":', '"Paris"}'), ...called(1, time), end([weather, time])),
    usage: [12, 8, 5, 3],
  },
  reasoning: {
    text: "Sky: blue?",
    body: whole([reasoning, message("Blue.")]),
    stream: sse(
      ...begin,
      { type: "response.output_item.added", output_index: 0, item: { type: "reasoning", id: "rs_1", summary: [] } },
      { type: "response.reasoning_summary_part.added", output_index: 0, summary_index: 0 },
      { type: "response.reasoning_summary_text.delta", output_index: 0, summary_index: 0, delta: "Sky:" },
      { type: "response.reasoning_summary_text.delta", output_index: 0, summary_index: 0, delta: " blue?" },
      { type: "response.output_item.done", output_index: 0, item: reasoning },
      ...said(1, "Blue.", "Blue."),
      end([reasoning, message("Blue.")]),
    ),
    usage: [12, 8, 5, 3],
  },
  faults: openAiChatSamples.faults,
  brokenOff: {
    stream: sse(...begin, ...said(0, "The", "The"), {
      type: "response.failed",
      response: { ...whole([]), status: "failed", error: { code: "rate_limit_exceeded", message: "slow down" } },
    }),
    kind: "rate_limited",
  },
};
