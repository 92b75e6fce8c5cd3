import type { ChatWriter } from "../_shared/chat-writer.ts";
import { calledBy } from "./decode.ts";
import type { WireToolCall } from "./wire.ts";

interface Call {
  readonly key: number;
  readonly id: string;
  readonly name: string;
  json: string;
  /** Whether its arguments are whole: nothing more is taken then, for some servers say all of it once more at the end. */
  isWhole: boolean;
}

/** Calls of one choice. */
interface Calls {
  count: number;
  /** Newest call under the vendor's index; a new id under an old index is a new call. */
  readonly byIndex: Map<number, Call>;
  open: Call | null;
  /** Begun while the arguments of the open one were not whole yet. */
  readonly waiting: Call[];
}

/** Tool calls told in pieces, each to its end before the next, in whatever turns the vendor tells them. */
export interface CallOrder {
  take(choice: number, piece: WireToolCall): void;
  /** Everything that waits: the answer ends, or goes on with something else. */
  flush(choice: number): void;
}

export function createCallOrder(writer: ChatWriter): CallOrder {
  const choices = new Map<number, Calls>();

  function callsOf(choice: number): Calls {
    let calls = choices.get(choice);
    if (calls === undefined) {
      calls = { count: 0, byIndex: new Map(), open: null, waiting: [] };
      choices.set(choice, calls);
    }
    return calls;
  }

  function open(choice: number, calls: Calls, call: Call): void {
    calls.open = call;
    writer.call(choice, call.key, call.id, call.name);
    writer.argue(choice, call.key, call.json);
  }

  function begin(choice: number, calls: Calls, index: number, piece: WireToolCall, name: string): Call {
    const key = calls.count++;
    const call = { key, id: piece.id || `call_${choice}_${key}`, name, json: "", isWhole: false };
    calls.byIndex.set(index, call);
    if (calls.open === null || isJson(calls.open.json)) open(choice, calls, call);
    else calls.waiting.push(call);
    return call;
  }

  /** The call that a piece belongs to: by its index, else by its id, else the last one unless it names another. */
  function callOf(choice: number, calls: Calls, piece: WireToolCall, name: string): Call {
    const { id } = piece;
    const named = piece.index == null && id ? [...calls.byIndex.values()].find((call) => call.id === id) : undefined;
    if (named !== undefined) return named;
    const index = piece.index ?? (name === "" ? calls.count - 1 : calls.count);
    const known = calls.byIndex.get(index);
    const isOther = known !== undefined && Boolean(id) && name !== "" && known.id !== id;
    return known === undefined || isOther ? begin(choice, calls, index, piece, name) : known;
  }

  return {
    take(choice, piece) {
      const calls = callsOf(choice);
      const { name, json } = calledBy(piece);
      const call = callOf(choice, calls, piece, name);
      if (json === "" || call.isWhole) return;
      if (call.json.endsWith("}") && isJson(call.json)) {
        call.isWhole = true;
        return;
      }
      call.json += json;
      if (calls.open === call) writer.argue(choice, call.key, json);
    },
    flush(choice) {
      const calls = choices.get(choice);
      if (calls === undefined) return;
      for (const call of calls.waiting.splice(0)) open(choice, calls, call);
    },
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
