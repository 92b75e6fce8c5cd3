import { parentPort, workerData } from "node:worker_threads";
import { computeFrom } from "./compute-figures.ts";

// Started by figures-thread.ts only, which says what is asked.
const { url, question } = workerData as {
  readonly url: string;
  readonly question: Parameters<typeof computeFrom> extends [string, ...infer Rest] ? Rest : never;
};
parentPort!.postMessage(await computeFrom(url, ...question));
