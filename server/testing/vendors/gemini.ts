import { z } from "zod";
import { SCRIPTED_USAGE, type Scripted, scriptFor } from "./script.ts";
import { checked, needHeader, type Vendor, type VendorCall, VendorRefusal, type VendorReply } from "./vendor.ts";

const Blob = z.strictObject({ mimeType: z.string(), data: z.string() });
/** One of its kinds of content, with what may stand beside it. */
const Part = z
  .strictObject({
    text: z.string().optional(),
    inlineData: Blob.optional(),
    fileData: z.strictObject({ mimeType: z.string().optional(), fileUri: z.string() }).optional(),
    functionCall: z
      .strictObject({ id: z.string().optional(), name: z.string(), args: z.record(z.string(), z.unknown()).optional() })
      .optional(),
    functionResponse: z
      .strictObject({
        id: z.string().optional(),
        name: z.string().min(1),
        response: z.record(z.string(), z.unknown()),
        parts: z.array(z.unknown()).optional(),
      })
      .optional(),
    thought: z.boolean().optional(),
    thoughtSignature: z.base64().optional(),
  })
  .refine(
    (part) =>
      [part.text, part.inlineData, part.fileData, part.functionCall, part.functionResponse].filter(
        (kind) => kind !== undefined,
      ).length === 1,
    "required oneof field 'data' must have one initialized field",
  );
const Content = z.strictObject({ role: z.enum(["user", "model"]).optional(), parts: z.array(Part).min(1) });
/** Body of generateContent. Source: Google's API reference, models.generateContent. */
const Body = z.strictObject({
  model: z.string().optional(),
  contents: z.array(Content).min(1),
  systemInstruction: z.strictObject({ role: z.string().optional(), parts: z.array(Part).min(1) }).optional(),
  tools: z
    .array(
      z.strictObject({
        functionDeclarations: z
          .array(
            z.strictObject({
              name: z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/),
              description: z.string().optional(),
              parameters: z.looseObject({ type: z.string() }).optional(),
              parametersJsonSchema: z.looseObject({}).optional(),
              behavior: z.string().optional(),
            }),
          )
          .min(1),
      }),
    )
    .optional(),
  toolConfig: z
    .strictObject({
      functionCallingConfig: z.strictObject({
        mode: z.enum(["AUTO", "ANY", "NONE", "VALIDATED"]).optional(),
        allowedFunctionNames: z.array(z.string()).optional(),
      }),
    })
    .optional(),
  safetySettings: z.array(z.unknown()).optional(),
  cachedContent: z.string().optional(),
  generationConfig: z
    .strictObject({
      maxOutputTokens: z.number().int().positive().optional(),
      temperature: z.number().min(0).max(2).optional(),
      topP: z.number().optional(),
      topK: z.number().int().optional(),
      candidateCount: z.number().int().optional(),
      stopSequences: z.array(z.string()).max(5).optional(),
      seed: z.number().int().optional(),
      presencePenalty: z.number().optional(),
      frequencyPenalty: z.number().optional(),
      responseLogprobs: z.boolean().optional(),
      logprobs: z.number().int().optional(),
      responseMimeType: z.enum(["text/plain", "application/json", "text/x.enum"]).optional(),
      responseSchema: z.looseObject({}).optional(),
      responseJsonSchema: z.unknown().optional(),
      responseModalities: z.array(z.string()).optional(),
      thinkingConfig: z
        .strictObject({
          includeThoughts: z.boolean().optional(),
          thinkingBudget: z.number().int().optional(),
          thinkingLevel: z.string().optional(),
        })
        .optional(),
    })
    .optional(),
});
type Body = z.infer<typeof Body>;

/** Google's Gemini API. */
export const geminiVendor: Vendor = {
  name: "gemini",
  answer(call) {
    needHeader(call, "x-goog-api-key", /^AIza/);
    const [, model = "", method] = /^\/v1beta\/models\/([^/:]+):(\w+)$/.exec(call.path) ?? [];
    switch (method) {
      case "generateContent":
        return generate(this, model, call, false);
      case "streamGenerateContent":
        if (call.query.get("alt") !== "sse") throw new VendorRefusal("the double streams alt=sse only");
        return generate(this, model, call, true);
      case "countTokens":
        return count(call);
      case "batchEmbedContents":
        return embed(call);
      default:
        throw new VendorRefusal(`no endpoint ${call.path}`, 404);
    }
  },
  fault: (status, message) => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "0.6s" }];
    const error = { code: status, message, status: STATUSES[status] ?? "INTERNAL" };
    return { kind: "json", status, body: { error: status === 429 ? { ...error, details } : error } };
  },
};

const STATUSES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  413: "INVALID_ARGUMENT",
  422: "INVALID_ARGUMENT",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

function generate(vendor: Vendor, model: string, call: VendorCall, isStream: boolean): VendorReply {
  const body = checked(Body, call.body);
  checkTurns(body);
  const scripted = scriptFor("gemini", situationOf(model, body));
  if (scripted.kind === "fault") return vendor.fault(scripted.status, `the model ${model} is told to fail`);
  const chunks = answers(model, scripted, body.generationConfig?.thinkingConfig?.includeThoughts === true);
  if (isStream) return { kind: "stream", frames: chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`) };
  return { kind: "json", status: 200, body: merged(chunks) };
}

/** "The number of function response parts must equal the number of function call parts of the turn before." */
function checkTurns({ contents }: Body): void {
  if (contents[0]!.role === "model") throw new VendorRefusal("the first turn must be the user's");
  let open: string[] = [];
  for (const { parts, role } of contents) {
    const answers = parts.flatMap(({ functionResponse }) =>
      functionResponse === undefined ? [] : [functionResponse.name],
    );
    if (answers.join() !== open.join())
      throw new VendorRefusal(`function calls ${open.join()} were answered by ${answers.join()}`);
    open = parts.flatMap(({ functionCall }) => (functionCall === undefined ? [] : [functionCall.name]));
    if (open.length > 0 && role !== "model") throw new VendorRefusal("function calls belong to the model's turn");
  }
  if (open.length > 0) throw new VendorRefusal(`function calls without a response: ${open.join()}`);
}

function situationOf(model: string, { contents, tools, toolConfig, generationConfig }: Body) {
  const { parts } = contents.at(-1)!;
  const declared = (tools ?? []).flatMap(({ functionDeclarations }) => functionDeclarations.map(({ name }) => name));
  const calling = toolConfig?.functionCallingConfig;
  return {
    model,
    lastText: parts.map(({ text }) => text ?? "").join(""),
    tools: calling?.mode === "NONE" ? [] : declared,
    forcedTool: calling?.mode === "ANY" ? (calling.allowedFunctionNames?.[0] ?? "any") : null,
    toolResults: parts.flatMap(({ functionResponse }) =>
      functionResponse === undefined ? [] : [Object.values(functionResponse.response).map(String).join(" ")],
    ),
    wantsJson: generationConfig?.responseMimeType === "application/json",
    hasImage: parts.some(({ inlineData, fileData }) => inlineData !== undefined || fileData !== undefined),
  };
}

type Answer = Extract<Scripted, { kind: "answer" }>;
interface Chunk {
  readonly candidates?: readonly {
    readonly content: { readonly parts: readonly object[] };
    readonly [field: string]: unknown;
  }[];
  readonly [field: string]: unknown;
}

const FINISH = { stop: "STOP", length: "MAX_TOKENS", calls: "STOP", filtered: "SAFETY" } as const;

/** The chunks of a stream; a whole answer is their merger. */
function answers(model: string, { reasoning, pieces, calls, finish, breaks }: Answer, showsThoughts: boolean): Chunk[] {
  const parts: object[] = [
    ...(reasoning === null || !showsThoughts ? [] : [{ text: reasoning, thought: true }]),
    ...pieces.map((text) => ({ text })),
    ...calls.map(({ name, input }, index) => ({
      functionCall: { name, args: input },
      ...(index === 0 ? { thoughtSignature: "c2lnbmVk" } : {}),
    })),
  ];
  const thoughts = reasoning === null ? {} : { thoughtsTokenCount: 3 };
  const usageMetadata = {
    promptTokenCount: SCRIPTED_USAGE.input,
    cachedContentTokenCount: SCRIPTED_USAGE.cached,
    candidatesTokenCount: reasoning === null ? SCRIPTED_USAGE.output : SCRIPTED_USAGE.output - 3,
    totalTokenCount: SCRIPTED_USAGE.input + SCRIPTED_USAGE.output,
    ...thoughts,
  };
  const shared = { modelVersion: model, responseId: "resp_double" };
  if (breaks) {
    const chunks = parts.map((part) => ({
      candidates: [{ content: { parts: [part], role: "model" }, index: 0 }],
      ...shared,
    }));
    return [...chunks, { error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } }];
  }
  const all = parts.length === 0 ? [{ text: "" }] : parts;
  return all.map((part, index) => {
    const isLast = index === all.length - 1;
    return {
      candidates: [
        { content: { parts: [part], role: "model" }, index: 0, ...(isLast ? { finishReason: FINISH[finish] } : {}) },
      ],
      usageMetadata: isLast
        ? usageMetadata
        : { promptTokenCount: SCRIPTED_USAGE.input, totalTokenCount: SCRIPTED_USAGE.input },
      ...shared,
    };
  });
}

/** Texts of one kind are one part in a whole answer. */
function merged(chunks: readonly Chunk[]): unknown {
  const parts: Record<string, unknown>[] = [];
  for (const chunk of chunks) {
    for (const part of chunk.candidates?.[0]?.content.parts ?? []) {
      const next = part as { text?: string; thought?: boolean };
      const last = parts.at(-1) as { text?: string; thought?: boolean } | undefined;
      if (last?.text !== undefined && next.text !== undefined && last.thought === next.thought) last.text += next.text;
      else parts.push({ ...next });
    }
  }
  const end = chunks.at(-1)!;
  return { ...end, candidates: [{ ...end.candidates?.[0], content: { parts, role: "model" } }] };
}

const CountBody = z.union([
  z.strictObject({ contents: z.array(Content).min(1) }),
  z.strictObject({ generateContentRequest: Body.extend({ model: z.string().startsWith("models/") }) }),
]);

function count(call: VendorCall): VendorReply {
  checked(CountBody, call.body);
  return {
    kind: "json",
    status: 200,
    body: { totalTokens: 42, promptTokensDetails: [{ modality: "TEXT", tokenCount: 42 }] },
  };
}

const EmbedBody = z.strictObject({
  requests: z
    .array(
      z.strictObject({
        model: z.string().startsWith("models/"),
        content: Content,
        taskType: z.string().optional(),
        title: z.string().optional(),
        outputDimensionality: z.number().int().positive().optional(),
      }),
    )
    .min(1),
});

/** Every text becomes [its length, 1]. */
function embed(call: VendorCall): VendorReply {
  const { requests } = checked(EmbedBody, call.body);
  const embeddings = requests.map(({ content }) => ({
    values: [content.parts.map(({ text }) => text ?? "").join("").length, 1],
  }));
  return { kind: "json", status: 200, body: { embeddings } };
}
