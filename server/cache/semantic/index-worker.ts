import { parentPort } from "node:worker_threads";
import type { FromIndex, ToIndex } from "./index-messages.ts";
import { openIndex } from "./open-index.ts";

// Started by thread-index.ts only.
const port = parentPort!;
const opening = openIndex();

port.on("message", async ({ call, method, parameters }: ToIndex) => {
  let answer: FromIndex;
  try {
    const index = await opening;
    // The other side's types pair methods with their parameters.
    const result = await (index[method] as (...given: readonly unknown[]) => Promise<unknown>)(...parameters);
    answer = { call, result };
  } catch (error) {
    answer = { call, fault: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(answer);
  if (method === "close") port.close();
});
