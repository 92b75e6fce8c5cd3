import type { AssistantPart, ChatMessage, MediaSource, TextPart, ToolResultPart, UserPart } from "../../chat.ts";
import { fileSource } from "../_openai-chat/parse.ts";
import type { Extras } from "../_shared/extras.ts";
import { callProofOf, openProofOf, sealProof } from "../_shared/proof.ts";
import { sourceOfUrl, textPart } from "../_shared/text-part.ts";
import type { ItemMemory } from "./item-memory.ts";
import { type ContentPart, Item } from "./schema.ts";

/** What gathers while the items are read in order. */
interface History {
  readonly messages: ChatMessage[];
  readonly system: TextPart[];
  /** Parts of the assistant's turn that is being read: it may lie in many items. null between turns. */
  turn: AssistantPart[] | null;
  /** Proof of the call behind it. */
  nextCallProof: string | null;
  readonly toolNames: Map<string, string>;
  readonly extras: Extras;
}

export function historyOf(
  input: string | readonly Item[],
  memory: ItemMemory,
  extras: Extras,
): { readonly messages: ChatMessage[]; readonly system: TextPart[] } {
  if (typeof input === "string") return { messages: [{ role: "user", parts: [textPart(input)] }], system: [] };
  const history: History = {
    messages: [],
    system: [],
    turn: null,
    nextCallProof: null,
    toolNames: new Map(),
    extras,
  };
  for (const item of input) takeItem(item.type === "item_reference" ? recalled(item, memory) : item, history);
  return history;
}

function recalled(reference: Extract<Item, { type: "item_reference" }>, memory: ItemMemory): Item {
  const parsed = Item.safeParse(memory.recall(reference.id));
  return parsed.success ? parsed.data : reference;
}

function takeItem(item: Item, history: History): void {
  switch (item.type) {
    case "message":
      takeMessage(item, history);
      return;
    case "reasoning":
      takeReasoning(item, history);
      return;
    case "function_call":
      takeCall(item.call_id, item.name, item.arguments, history);
      return;
    case "custom_tool_call":
      takeCall(item.call_id, item.name, item.input, history);
      return;
    case "function_call_output":
    case "custom_tool_call_output":
      history.turn = null;
      history.messages.push({
        role: "tool",
        toolCallId: item.call_id,
        name: history.toolNames.get(item.call_id) ?? null,
        parts: typeof item.output === "string" ? [textPart(item.output)] : resultParts(item.output, history.extras),
        isError: false,
      });
      return;
    default:
      history.extras.add(`input.${item.type}`, item);
  }
}

function turnOf(history: History): AssistantPart[] {
  if (history.turn === null) {
    history.turn = [];
    history.messages.push({ role: "assistant", parts: history.turn });
  }
  return history.turn;
}

function takeMessage({ role, content }: Extract<Item, { type: "message" }>, history: History): void {
  const parts = typeof content === "string" ? [textPart(content)] : content.flatMap((part) => partOf(part));
  if (role === "assistant") {
    const said = parts.filter((part) => part.kind === "text" || part.kind === "refusal");
    if (said.length < parts.length) history.extras.add("input.content", content);
    turnOf(history).push(...said);
    return;
  }
  history.turn = null;
  if (role === "user") {
    const asked = parts.map((part): UserPart => (part.kind === "refusal" ? textPart(part.text) : part));
    if (asked.length > 0) history.messages.push({ role, parts: asked });
    return;
  }
  const texts = parts.flatMap((part) => (part.kind === "text" ? [part] : []));
  if (texts.length < parts.length) history.extras.add("input.content", content);
  history.system.push(...texts);
}

function takeCall(id: string, name: string, argumentsJson: string, history: History): void {
  history.toolNames.set(id, name);
  turnOf(history).push({ kind: "tool_call", id, name, argumentsJson, signature: history.nextCallProof });
  history.nextCallProof = null;
}

function takeReasoning(item: Extract<Item, { type: "reasoning" }>, history: History): void {
  const pieces = item.summary?.length ? item.summary : (item.content ?? []);
  const text = pieces.map((piece) => piece.text).join("\n\n");
  const shown = item.encrypted_content ?? "";
  const callProof = callProofOf(shown);
  if (callProof !== null) {
    history.nextCallProof = callProof;
    return;
  }
  const signature = openProofOf(shown);
  const redacted = signature === null ? sealProof("openai", shown) : null;
  if (text !== "" || signature !== null || redacted !== null) {
    turnOf(history).push({ kind: "reasoning", text, signature, redacted });
  }
}

function resultParts(output: readonly ContentPart[], extras: Extras): ToolResultPart[] {
  return output.flatMap((part): ToolResultPart[] => {
    const [said] = partOf(part);
    if (said === undefined) return [];
    if (said.kind === "refusal") return [textPart(said.text)];
    if (said.kind !== "audio") return [said];
    extras.add("input.output.input_audio", part);
    return [];
  });
}

function partOf(part: ContentPart): (UserPart | Extract<AssistantPart, { kind: "refusal" }>)[] {
  switch (part.type) {
    case "input_text":
    case "output_text":
    case "text":
      return [textPart(part.text)];
    case "refusal":
      return [{ kind: "refusal", text: part.refusal }];
    case "input_image": {
      const source: MediaSource = part.file_id
        ? { kind: "file", fileId: part.file_id }
        : sourceOfUrl(part.image_url ?? "");
      return [{ kind: "image", source, detail: part.detail === "original" ? "high" : (part.detail ?? null) }];
    }
    case "input_file": {
      const source = part.file_url ? sourceOfUrl(part.file_url) : fileSource(part.file_id, part.file_data);
      return [{ kind: "document", source, filename: part.filename ?? null, title: null }];
    }
    case "input_audio":
      return [
        {
          kind: "audio",
          source: { kind: "base64", mediaType: `audio/${part.input_audio.format}`, data: part.input_audio.data },
        },
      ];
  }
}
