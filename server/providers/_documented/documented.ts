import type { FaultKind, FinishReason, Usage } from "../../chat.ts";
import { eventStream, sse } from "../_samples/samples.ts";

/** What an answer says, read off its vendor's documentation by hand. */
export interface Said {
  readonly text?: string;
  readonly reasoning?: string;
  readonly refusal?: string;
  readonly calls?: readonly (readonly [name: string, argumentsJson: string])[];
  /** Links of what the text cites, in order. */
  readonly cites?: readonly string[];
  readonly finish?: FinishReason;
  /** Counts that are not 0. */
  readonly usage?: Partial<Usage>;
  /** The fault that ends it; everything else is what came before. */
  readonly fault?: FaultKind;
}

/** One answer as a vendor's documentation shows it. */
export interface Documented {
  readonly name: string;
  readonly provider: string;
  /** Where it is documented. */
  readonly source: string;
  /** A whole answer's body; absent for a stream. */
  readonly body?: unknown;
  /** A stream's frames: JSON, comment lines and `[DONE]`; events by name and payload where frames are binary. */
  readonly frames?: readonly unknown[];
  readonly says: Said;
}

/** Bytes of a stream, with what else its vendor may send put between its frames. */
export function bytesOf({ provider, frames = [] }: Documented, between: readonly unknown[] = []): Uint8Array {
  const all = frames.flatMap((frame, index) => (index === 0 ? [frame] : [...between, frame]));
  if (provider === "bedrock") return eventStream(...(all as [string, unknown][]));
  return Buffer.concat(
    all.map((frame) =>
      typeof frame === "string" && frame.startsWith(":") ? Buffer.from(`${frame}\n\n`) : Buffer.from(sse(frame)),
    ),
  );
}
