import type { ChatEvent, Citation, FinishReason, TokenLogprob, Unplaced, UpstreamFault, Usage } from "../../chat.ts";
import { brokenOff, faultOf } from "../../upstream-fault.ts";

/** What a part's end may carry. */
interface PartProof {
  readonly signature?: string | null;
  readonly redacted?: string | null;
}

/** Writes the events of one stream in the order that chat.ts promises, whatever order a vendor speaks in. */
export interface ChatWriter {
  readonly isStarted: boolean;
  readonly isEnded: boolean;
  /** Said once; later calls are passed over. */
  start(id: string | null, model: string, usage?: Usage | null, fingerprint?: string | null): void;
  /** Adds to the open part of this kind, or closes what is open and begins one. */
  write(choice: number, kind: "text" | "reasoning" | "refusal", text: string): void;
  /** Begins a part although nothing is to be written yet (encrypted reasoning). */
  open(choice: number, kind: "text" | "reasoning" | "refusal"): void;
  /** Begins a tool call; `key` is how the vendor refers to it later. */
  call(choice: number, key: string | number, id: string, name: string): void;
  /** Adds to a tool call's arguments. A call that is closed already cannot be added to: that breaks the stream. */
  argue(choice: number, key: string | number, json: string): void;
  citation(choice: number, citation: Citation): void;
  logprobs(choice: number, logprobs: readonly TokenLogprob[]): void;
  close(choice: number, proof?: PartProof): void;
  /** @param fault why, where it ended as an error: the stream then ends in that, with the usage that is said until then */
  finish(choice: number, finish: FinishReason, stopSequence?: string | null, fault?: UpstreamFault): void;
  /** Kinds of the choice's parts so far. */
  kinds(choice: number): readonly string[];
  /** Kind of the part that is open now; null when none is. */
  openKind(choice: number): string | null;
  /** Sent at the end of the stream; the last one holds. */
  usage(usage: Usage): void;
  /** Notes that the answer held this, too. */
  unplaced(things: readonly Unplaced[]): void;
  fail(fault: UpstreamFault): void;
  /** The vendor says that this is all, or closed: an unfinished answer becomes an error. */
  end(): void;
  /** Events since the last call. */
  take(): ChatEvent[];
}

interface OpenPart {
  readonly kind: "text" | "reasoning" | "refusal" | "tool_call";
  readonly key: string | number | null;
  hasText: boolean;
}

interface ChoiceState {
  readonly kinds: string[];
  open: OpenPart | null;
  hasFinished: boolean;
}

export function createChatWriter(): ChatWriter {
  const choices = new Map<number, ChoiceState>();
  let events: ChatEvent[] = [];
  let isStarted = false;
  let isEnded = false;
  let usage: Usage | null = null;
  let broken: UpstreamFault | null = null;
  const unplaced = new Set<Unplaced>();

  function choiceOf(index: number): ChoiceState {
    const known = choices.get(index);
    if (known !== undefined) return known;
    start(null, "");
    const fresh: ChoiceState = { kinds: [], open: null, hasFinished: false };
    choices.set(index, fresh);
    return fresh;
  }

  function start(id: string | null, model: string, first: Usage | null = null, fingerprint?: string | null): void {
    if (isStarted || isEnded) return;
    isStarted = true;
    events.push({ type: "start", id, model, usage: first, ...(fingerprint ? { fingerprint } : {}) });
  }

  function begin(choice: number, state: ChoiceState, part: OpenPart, call: { id: string; name: string } | null): void {
    close(choice);
    state.open = part;
    state.kinds.push(part.kind);
    const of = part.kind === "tool_call" ? { kind: part.kind, ...call! } : { kind: part.kind };
    events.push({ type: "part_start", choice, part: state.kinds.length - 1, of });
  }

  function open(choice: number, kind: "text" | "reasoning" | "refusal"): void {
    const state = choiceOf(choice);
    if (isEnded || state.hasFinished) return;
    begin(choice, state, { kind, key: null, hasText: false }, null);
  }

  function delta(choice: number, state: ChoiceState, text: string): void {
    if (text === "" || state.open === null) return;
    state.open.hasText = true;
    events.push({ type: "delta", choice, part: state.kinds.length - 1, text });
  }

  function close(choice: number, { signature = null, redacted = null }: PartProof = {}): void {
    const state = choices.get(choice);
    if (isEnded || state === undefined || state.open === null) return;
    // A call without arguments is a call with none: what was written is always JSON.
    if (state.open.kind === "tool_call" && !state.open.hasText) delta(choice, state, "{}");
    events.push({ type: "part_end", choice, part: state.kinds.length - 1, signature, redacted });
    state.open = null;
  }

  function fail(fault: UpstreamFault): void {
    if (isEnded) return;
    isEnded = true;
    if (usage !== null) events.push({ type: "usage", usage });
    events.push({ type: "error", error: fault, ...(fault === broken ? { isBrokenOff: true } : {}) });
  }

  return {
    get isStarted() {
      return isStarted;
    },
    get isEnded() {
      return isEnded;
    },
    start,
    open,
    write(choice, kind, text) {
      if (isEnded || text === "") return;
      const state = choiceOf(choice);
      if (state.hasFinished) return;
      if (state.open?.kind !== kind) begin(choice, state, { kind, key: null, hasText: false }, null);
      delta(choice, state, text);
    },
    call(choice, key, id, name) {
      const state = choiceOf(choice);
      if (isEnded || state.hasFinished) return;
      begin(choice, state, { kind: "tool_call", key, hasText: false }, { id, name });
    },
    argue(choice, key, json) {
      const state = choiceOf(choice);
      if (isEnded || state.hasFinished || json === "") return;
      if (state.open?.kind !== "tool_call" || state.open.key !== key) {
        fail(faultOf("bad_response", "the upstream mixed the arguments of several tool calls"));
        return;
      }
      delta(choice, state, json);
    },
    citation(choice, citation) {
      const state = choices.get(choice);
      if (isEnded || state === undefined || state.open?.kind !== "text") return;
      events.push({ type: "citation", choice, part: state.kinds.length - 1, citation });
    },
    logprobs(choice, logprobs) {
      if (isEnded || logprobs.length === 0) return;
      choiceOf(choice);
      events.push({ type: "logprobs", choice, logprobs });
    },
    close,
    finish(choice, finish, stopSequence = null, fault) {
      const state = choiceOf(choice);
      if (isEnded || state.hasFinished) return;
      close(choice);
      state.hasFinished = true;
      if (finish === "error") broken ??= fault ?? brokenOff(null);
      else events.push({ type: "finish", choice, finish, stopSequence });
    },
    kinds: (choice) => choices.get(choice)?.kinds ?? [],
    openKind: (choice) => choices.get(choice)?.open?.kind ?? null,
    usage(said) {
      usage = said;
    },
    unplaced(things) {
      for (const thing of things) unplaced.add(thing);
    },
    fail,
    end() {
      if (isEnded) return;
      if (broken !== null) {
        fail(broken);
        return;
      }
      const isWhole = choices.size > 0 && [...choices.values()].every((state) => state.hasFinished);
      if (!isWhole) {
        fail(faultOf("bad_response", "the upstream's stream ended before the answer did"));
        return;
      }
      isEnded = true;
      if (usage !== null) events.push({ type: "usage", usage });
      events.push({ type: "end", ...(unplaced.size === 0 ? {} : { unplaced: [...unplaced] }) });
    },
    take() {
      const taken = events;
      events = [];
      return taken;
    },
  };
}
