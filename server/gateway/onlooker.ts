import type { ReadCall } from "./read-call.ts";
import type { Settlement } from "./settlement.ts";
import type { Story } from "./story.ts";

/** Looks on while a request is served and is told how it ended. What the client gets is the same without it. */
export interface Onlooker {
  /** Whether the answer's text is gathered for it. */
  readonly wantsAnswer: boolean;
  /** @param answer text of the first answer as far as it came; null where it was not gathered */
  settled(settlement: Settlement, answer: string | null): void;
}

/** Asked once it is known who shall answer a chat request; null: nobody looks on. */
export type LookOn = (story: Story, call: ReadCall, facts: { readonly isOwnKey: boolean }) => Onlooker | null;
