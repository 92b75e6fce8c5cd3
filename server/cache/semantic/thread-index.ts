import type { Worker } from "node:worker_threads";
import { startWorker } from "../../../engine/start-worker.ts";
import type { AskIndex } from "./ask-index.ts";
import type { FromIndex, IndexMethod, ToIndex } from "./index-messages.ts";

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls that may wait for the thread; more are refused, because a late answer is a miss. */
const MOST_WAITING = 1_000;

/** The index in a thread, so that encoding and comparing hold up no request. A thread that ends is started anew, empty. */
export function createThreadIndex(): AskIndex {
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  let worker: Worker | null = null;

  function start(): Worker {
    const started = startWorker("server/cache/semantic/index-worker.ts");
    started.unref();
    started.on("message", ({ call, result, fault }: FromIndex) => {
      const asked = waiting.get(call);
      waiting.delete(call);
      if (fault === undefined) asked?.resolve(result);
      else asked?.reject(new Error(fault));
    });
    const end = (error: Error) => {
      if (worker !== started) return;
      worker = null;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    started.on("error", end);
    started.on("exit", () => end(new Error("the thread of the semantic cache has ended")));
    return started;
  }

  function ask<Result>(method: IndexMethod, ...parameters: readonly unknown[]): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (waiting.size >= MOST_WAITING) {
        reject(new Error("the semantic cache has too much to do"));
        return;
      }
      worker ??= start();
      const call = calls++;
      waiting.set(call, { resolve: resolve as Waiting["resolve"], reject });
      const message: ToIndex = { call, method, parameters };
      worker.postMessage(message);
    });
  }

  return {
    find: (query) => ask("find", query),
    add: (id, placed) => ask("add", id, placed),
    remove: (id) => (worker === null ? Promise.resolve() : ask("remove", id)),
    similarity: (a, b) => ask("similarity", a, b),
    size: () => (worker === null ? Promise.resolve(0) : ask("size")),
    async close() {
      if (worker === null) return;
      const ended = new Promise((resolve) => worker?.once("exit", resolve));
      worker.ref();
      await ask("close").catch(() => {});
      await ended;
    },
  };
}
