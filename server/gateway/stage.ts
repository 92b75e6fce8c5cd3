import type { Incoming } from "./incoming.ts";
import type { Settlement } from "./settlement.ts";

/**
 * A stage that every request under /v1, /v1beta and /proxy passes before anything is read of it, whatever it asks for:
 * there is no other way to an upstream than through `tellStory`, which asks every stage.
 */
export interface Stage {
  readonly name: string;
  /**
   * @throws ApiError to refuse the request, in the client's dialect
   * @returns what to do once the request is settled; null for nothing
   */
  admit(incoming: Incoming): StageEnd | null | Promise<StageEnd | null>;
}

export type StageEnd = (settlement: Settlement) => void;
