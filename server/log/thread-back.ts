import type { Worker } from "node:worker_threads";
import { startWorker } from "../../engine/start-worker.ts";
import { ApiError, type ApiErrorCode } from "../errors.ts";
import type { BackEvents, BackOptions, LogBack } from "./back.ts";
import type { DrainState } from "./drain.ts";
import type { FromThread, ThreadFault, ToThread } from "./thread-messages.ts";

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const UNKNOWN: DrainState = { written: 0, refused: 0, failures: 0, damaged: 0, failingSinceMs: null };
const RESTART_MS = 1_000;

/** The log's other side in a thread: neither writing nor a question of seconds holds up a request. */
export function createThreadBack(options: BackOptions, events: BackEvents): LogBack {
  const waiting = new Map<number, Waiting>();
  /** What the thread was told of segments, to be told again to its successor. */
  const grown = new Map<string, Extract<ToThread, { kind: "grown" }>>();
  let state = UNKNOWN;
  let calls = 0;
  let isClosed = false;
  let worker = start();

  function start(): Worker {
    const started = startWorker("server/log/log-worker.ts", options);
    // The main thread's own work decides how long the process lives.
    started.unref();
    started.on("message", (message: FromThread) => receive(message));
    started.on("error", (error) => events.failed(error));
    started.on("exit", () => {
      for (const { reject } of waiting.values()) reject(new ApiError("not_ready", "the log's thread has ended"));
      waiting.clear();
      if (!isClosed) setTimeout(restart, RESTART_MS).unref();
    });
    return started;
  }

  /** What the thread had read of its segments is read again; rows that are there are known by their ids. */
  function restart(): void {
    if (isClosed) return;
    worker = start();
    for (const message of grown.values()) send(message);
  }

  function receive(message: FromThread): void {
    if (message.kind === "recovered") {
      events.recovered(message.recovered);
      return;
    }
    state = message.state;
    if (message.kind === "taken") events.taken(message.bytes);
    else if (message.kind === "failed") events.failed(errorOf(message.error));
    else settle(message);
  }

  function settle(message: Extract<FromThread, { kind: "answer" | "fault" }>): void {
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === "answer") call?.resolve(message.result);
    else call?.reject(errorOf(message.error));
  }

  function send(message: ToThread): void {
    worker.postMessage(message);
  }

  /** Told once a turn of the event loop, however many records came: a message costs more than a record. */
  const untold = new Map<string, Extract<ToThread, { kind: "grown" }>>();
  function tellGrown(): void {
    for (const message of untold.values()) send(message);
    untold.clear();
  }

  function ask<Result>(method: Extract<ToThread, { kind: "call" }>["method"], ...parameters: unknown[]) {
    return new Promise<Result>((resolve, reject) => {
      if (isClosed && method !== "close") {
        reject(new ApiError("not_ready", "the log is closed"));
        return;
      }
      tellGrown();
      const id = calls++;
      waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
      send({ kind: "call", id, method, parameters });
    });
  }

  return {
    grown(file, bytes, isComplete) {
      const message = { kind: "grown", file, bytes, isComplete } as const;
      if (isComplete && grown.size > 64) grown.clear();
      grown.set(file, message);
      if (untold.size === 0) setImmediate(tellGrown);
      untold.set(file, message);
    },
    usage: (query) => ask("usage", query),
    page: (query) => ask("page", query),
    find: (id) => ask("find", id),
    has: (id) => ask("has", id),
    prune: (horizon, limit) => ask("prune", horizon, limit),
    settle: (limitMs) => ask("settle", limitMs),
    get state() {
      return state;
    },
    async close() {
      isClosed = true;
      worker.ref();
      const ended = new Promise((resolve) => worker.once("exit", resolve));
      await ask("close").catch(events.failed);
      await ended;
    },
  };
}

function errorOf({ message, stack, code, place }: ThreadFault): Error {
  if (code !== null) {
    // The code left an ApiError (or the engine's) on the other side.
    return new ApiError(code as ApiErrorCode, message, place === null ? {} : { place });
  }
  const error = new Error(message);
  error.stack = stack;
  return error;
}
