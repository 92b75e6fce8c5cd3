import { parentPort, workerData } from "node:worker_threads";
import { AppError } from "../../engine/errors.ts";
import { type BackOptions, createBack, type LogBack } from "./back.ts";
import type { FromThread, ToThread } from "./thread-messages.ts";

// Started by thread-back.ts only.
const port = parentPort!;
const back: LogBack = createBack(workerData as BackOptions, {
  taken: (bytes) => tell({ kind: "taken", bytes, state: back.state }),
  failed: (error) => tell({ kind: "failed", error: asFault(error), state: back.state }),
  recovered: (recovered) => tell({ kind: "recovered", recovered }),
});

port.on("message", (message: ToThread) => {
  if (message.kind === "grown") back.grown(message.file, message.bytes, message.isComplete);
  else void answer(message);
});

async function answer({ id, method, parameters }: Extract<ToThread, { kind: "call" }>): Promise<void> {
  try {
    // The other side's types pair methods with their parameters.
    const result = await (back[method] as (...given: readonly unknown[]) => Promise<unknown>)(...parameters);
    tell({ kind: "answer", id, result, state: back.state });
  } catch (error) {
    tell({ kind: "fault", id, error: asFault(error), state: back.state });
  }
  if (method === "close") port.close();
}

function tell(message: FromThread): void {
  port.postMessage(message);
}

function asFault(error: unknown): Extract<FromThread, { kind: "fault" }>["error"] {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const code = error instanceof AppError ? error.code : null;
  return { message, stack: stack ?? "", code, place: error instanceof AppError ? (error.place ?? null) : null };
}
