import type { ChatEvent, FinishReason } from "../chat.ts";
import type { StopSignal } from "../gateway/stop-signal.ts";
import type { StreamPiece } from "../gateway/stream-pieces.ts";
import type { Voice } from "../guardrail.ts";
import type { Placeholders } from "./placeholders.ts";
import type { Rail } from "./rail.ts";
import { createRestorer, type Restorer } from "./restorer.ts";
import type { Ruling } from "./run-rail.ts";
import { createStreamWindow, type StreamWindow } from "./stream-window.ts";

export interface GuardStreamOptions {
  /** Guardrails that hold back what they have not judged. */
  readonly holding: readonly Rail[];
  readonly placeholders: Placeholders;
  /** Whether texts are JSON, because the client asked for it. */
  readonly isJson: boolean;
  readonly client: StopSignal;
  /** Whatever a check finds, as it is found. */
  readonly onRuling: (ruling: Ruling) => void;
  /** Called with the answer's texts, as the model said them, before the stream's end goes out. */
  readonly onWhole: (texts: readonly WholeText[]) => Promise<void>;
  /** Ends the exchange with the upstream. */
  readonly close: () => void;
}

export interface WholeText {
  readonly voice: Voice;
  readonly text: string;
}

interface OpenPart {
  readonly voice: Voice;
  readonly window: StreamWindow;
  readonly restorer: Restorer;
  /** Pieces as the model said them. */
  readonly said: string[];
}

/**
 * A stream whose text waits until it is judged, with values in place of placeholders. An answer that must not go on ends
 * as one that its vendor filtered.
 */
export async function* guardStream(
  pieces: AsyncGenerator<StreamPiece, void, void>,
  options: GuardStreamOptions,
): AsyncGenerator<StreamPiece, void, void> {
  const { holding, placeholders, isJson, client, onRuling, onWhole, close } = options;
  const open = new Map<string, OpenPart>();
  const texts: OpenPart[] = [];
  const choices = new Set<number>();
  const finished = new Set<number>();
  const changes = holding.length > 0 || placeholders.entries.length > 0;

  /** The events in place of one, and whether the answer ends with them. */
  async function guarded(event: ChatEvent): Promise<{ readonly events: ChatEvent[]; readonly isOver: boolean }> {
    if (event.type === "part_start") {
      choices.add(event.choice);
      const isCall = event.of.kind === "tool_call";
      const isPlain = event.of.kind === "text" || event.of.kind === "refusal";
      const voice = isCall ? ("arguments" as const) : ("assistant" as const);
      const part: OpenPart = {
        voice,
        window: createStreamWindow(holding, voice, client),
        // Reasoning is signed by its vendor: it keeps its placeholders.
        restorer:
          isCall || isPlain
            ? createRestorer(placeholders, (text) => isCall || isJson || /^\s*[{[]/.test(text))
            : { push: (text) => text, end: () => "" },
        said: [],
      };
      open.set(keyOf(event), part);
      texts.push(part);
      return { events: [event], isOver: false };
    }
    if (event.type === "delta" || event.type === "part_end") {
      const part = open.get(keyOf(event));
      if (part === undefined) return { events: [event], isOver: false };
      const isEnd = event.type === "part_end";
      const { choice } = event;
      const delta = (text: string): ChatEvent[] =>
        text === "" ? [] : [{ type: "delta", choice, part: event.part, text }];
      const ruled = await ruledText(part, isEnd ? "" : event.text, isEnd);
      const rest = isEnd || ruled.blocked ? part.restorer.end() : "";
      const events = delta(ruled.text + rest);
      if (ruled.blocked) return { events: [...events, ...ending()], isOver: true };
      if (!isEnd) return { events, isOver: false };
      open.delete(keyOf(event));
      return { events: [...events, event], isOver: false };
    }
    if (event.type === "finish") finished.add(event.choice);
    return { events: [event], isOver: false };
  }

  async function ruledText(part: OpenPart, text: string, isEnd: boolean): Promise<{ text: string; blocked: boolean }> {
    part.said.push(text);
    if (holding.length === 0) return { text: part.restorer.push(text), blocked: false };
    const ruled = await part.window.push(text, isEnd);
    for (const ruling of ruled.rulings) onRuling(ruling);
    return { text: part.restorer.push(ruled.text), blocked: ruled.blocked !== null };
  }

  /** Closes what is open, as an answer that a filter stopped. */
  function ending(): ChatEvent[] {
    const finish: FinishReason = "content_filter";
    return [
      ...[...open.keys()].map((key): ChatEvent => {
        const [choice, part] = key.split(":").map(Number) as [number, number];
        return { type: "part_end", choice, part, signature: null, redacted: null };
      }),
      ...[...choices]
        .filter((choice) => !finished.has(choice))
        .map((choice): ChatEvent => ({ type: "finish", choice, finish, stopSequence: null })),
      { type: "end" },
    ];
  }

  try {
    for await (const { events, bytes } of pieces) {
      const out: ChatEvent[] = [];
      for (const event of events) {
        if (event.type === "end") await onWhole(texts.map(({ voice, said }) => ({ voice, text: said.join("") })));
        const { events: next, isOver } = await guarded(event);
        out.push(...next);
        if (isOver) {
          close();
          yield { events: out, bytes: null };
          return;
        }
      }
      if (!changes) yield { events, bytes };
      else if (out.length > 0 || bytes === null) yield { events: out, bytes: null };
    }
  } finally {
    await pieces.return();
  }
}

function keyOf({ choice, part }: { readonly choice: number; readonly part: number }): string {
  return `${choice}:${part}`;
}
