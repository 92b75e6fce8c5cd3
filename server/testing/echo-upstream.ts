import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A vendor of every dialect that says back what it was told: as text, and as a call of its tool `note`. */
export interface EchoUpstream {
  readonly url: string;
  /** Bodies as they came in. */
  readonly received: string[];
  /** What it makes of what it was told; by default the same. */
  answer: (asked: string) => string;
  /** Characters of one piece of a stream. */
  pieceChars: number;
  /** Whether it calls its tool, too. */
  calls: boolean;
  close(): Promise<void>;
}

type Json = Record<string, unknown>;

export async function startEchoUpstream(): Promise<EchoUpstream> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      echo.received.push(text);
      const body = JSON.parse(text) as Json;
      const path = request.url ?? "";
      if (path.includes("/embeddings")) {
        return json(response, {
          object: "list",
          model: "m",
          data: [{ object: "embedding", index: 0, embedding: [0, 1] }],
          usage: { prompt_tokens: 3, total_tokens: 3 },
        });
      }
      const said = echo.answer(askedIn(body));
      const call = JSON.stringify({ note: said });
      const isStream = body["stream"] === true || path.includes("streamGenerateContent");
      const format = path.includes("/messages")
        ? anthropic
        : path.includes("enerateContent")
          ? gemini
          : path.includes("/responses")
            ? responses
            : openai;
      if (!isStream) return json(response, format.whole(said, echo.calls ? call : null));
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const frame of format.stream(pieces(said), echo.calls ? (format === gemini ? [call] : pieces(call)) : null))
        response.write(frame);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const echo: EchoUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    answer: (asked) => asked,
    pieceChars: 1,
    calls: false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  function pieces(text: string): string[] {
    const all: string[] = [];
    for (let at = 0; at < text.length; at += echo.pieceChars) all.push(text.slice(at, at + echo.pieceChars));
    return all;
  }
  return echo;
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Text of the newest message, in any dialect. */
function askedIn(body: Json): string {
  const list = (body["messages"] ?? body["contents"] ?? body["input"]) as Json[] | string;
  if (typeof list === "string") return list;
  const { content, parts } = list.at(-1)! as { content?: unknown; parts?: Json[] };
  if (typeof content === "string") return content;
  return ((content ?? parts) as Json[]).map((part) => String(part["text"] ?? "")).join("");
}

interface Format {
  whole(text: string, call: string | null): unknown;
  stream(text: readonly string[], call: readonly string[] | null): string[];
}

const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const event = (value: Json) => `event: ${String(value["type"])}\n${data(value)}`;

const openai: Format = {
  whole: (text, call) => ({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "m",
    vendor_field: { kept: true },
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text,
          ...(call === null
            ? {}
            : { tool_calls: [{ id: "c1", type: "function", function: { name: "note", arguments: call } }] }),
        },
        finish_reason: call === null ? "stop" : "tool_calls",
      },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  }),
  stream(text, call) {
    const chunk = (delta: Json, finish_reason: string | null = null) =>
      data({
        id: "c",
        object: "chat.completion.chunk",
        created: 1,
        model: "m",
        choices: [{ index: 0, delta, finish_reason }],
      });
    return [
      chunk({ role: "assistant", content: "" }),
      ...text.map((content) => chunk({ content })),
      ...(call ?? []).map((piece, at) =>
        chunk({
          tool_calls: [
            {
              index: 0,
              ...(at === 0
                ? { id: "c1", type: "function", function: { name: "note", arguments: piece } }
                : { function: { arguments: piece } }),
            },
          ],
        }),
      ),
      chunk({}, call === null ? "stop" : "tool_calls"),
      data({
        id: "c",
        object: "chat.completion.chunk",
        created: 1,
        model: "m",
        choices: [],
        usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
      }),
      "data: [DONE]\n\n",
    ];
  },
};

const anthropic: Format = {
  whole: (text, call) => ({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [
      { type: "text", text },
      ...(call === null ? [] : [{ type: "tool_use", id: "t1", name: "note", input: JSON.parse(call) as unknown }]),
    ],
    stop_reason: call === null ? "end_turn" : "tool_use",
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 5 },
  }),
  stream(text, call) {
    const message = {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 1 },
    };
    return [
      event({ type: "message_start", message }),
      event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
      ...text.map((piece) =>
        event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: piece } }),
      ),
      event({ type: "content_block_stop", index: 0 }),
      ...(call === null
        ? []
        : [
            event({
              type: "content_block_start",
              index: 1,
              content_block: { type: "tool_use", id: "t1", name: "note", input: {} },
            }),
            ...call.map((piece) =>
              event({
                type: "content_block_delta",
                index: 1,
                delta: { type: "input_json_delta", partial_json: piece },
              }),
            ),
            event({ type: "content_block_stop", index: 1 }),
          ]),
      event({
        type: "message_delta",
        delta: { stop_reason: call === null ? "end_turn" : "tool_use", stop_sequence: null },
        usage: { output_tokens: 5 },
      }),
      event({ type: "message_stop" }),
    ];
  },
};

const gemini: Format = {
  whole: (text, call) => ({
    candidates: [{ content: { role: "model", parts: partsOf(text, call) }, finishReason: "STOP", index: 0 }],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
    modelVersion: "m",
  }),
  stream: (text, call) => [
    ...text.map((piece) =>
      data({ candidates: [{ content: { role: "model", parts: [{ text: piece }] }, index: 0 }], modelVersion: "m" }),
    ),
    data({
      candidates: [
        {
          content: { role: "model", parts: call === null ? [{ text: "" }] : partsOf("", call[0]!).slice(1) },
          finishReason: "STOP",
          index: 0,
        },
      ],
      usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
      modelVersion: "m",
    }),
  ],
};

function partsOf(text: string, call: string | null): Json[] {
  return [{ text }, ...(call === null ? [] : [{ functionCall: { name: "note", args: JSON.parse(call) as unknown } }])];
}

const responses: Format = {
  whole: (text, call) => ({
    id: "resp_1",
    object: "response",
    created_at: 1,
    status: "completed",
    model: "m",
    output: outputOf(text, call),
    usage: {
      input_tokens: 10,
      output_tokens: 5,
      total_tokens: 15,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    },
  }),
  stream(text, call) {
    const whole = responses.whole(text.join(""), call?.join("") ?? null) as Json;
    const [message, made] = outputOf(text.join(""), call?.join("") ?? null);
    return [
      event({ type: "response.created", response: { ...whole, status: "in_progress", output: [], usage: null } }),
      event({
        type: "response.output_item.added",
        output_index: 0,
        item: { ...message, status: "in_progress", content: [] },
      }),
      event({
        type: "response.content_part.added",
        item_id: "m1",
        output_index: 0,
        content_index: 0,
        part: { type: "output_text", text: "", annotations: [] },
      }),
      ...text.map((delta) =>
        event({ type: "response.output_text.delta", item_id: "m1", output_index: 0, content_index: 0, delta }),
      ),
      event({
        type: "response.output_text.done",
        item_id: "m1",
        output_index: 0,
        content_index: 0,
        text: text.join(""),
      }),
      event({ type: "response.output_item.done", output_index: 0, item: message! }),
      ...(call === null
        ? []
        : [
            event({
              type: "response.output_item.added",
              output_index: 1,
              item: { ...made, arguments: "", status: "in_progress" },
            }),
            ...call.map((delta) =>
              event({ type: "response.function_call_arguments.delta", item_id: "f1", output_index: 1, delta }),
            ),
            event({
              type: "response.function_call_arguments.done",
              item_id: "f1",
              output_index: 1,
              arguments: call.join(""),
            }),
            event({ type: "response.output_item.done", output_index: 1, item: made! }),
          ]),
      event({ type: "response.completed", response: whole }),
    ].map((frame, sequence_number) => frame.replace('"type"', `"sequence_number":${sequence_number},"type"`));
  },
};

function outputOf(text: string, call: string | null): Json[] {
  return [
    {
      id: "m1",
      type: "message",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text, annotations: [] }],
    },
    ...(call === null
      ? []
      : [{ id: "f1", type: "function_call", call_id: "c1", name: "note", arguments: call, status: "completed" }]),
  ];
}
