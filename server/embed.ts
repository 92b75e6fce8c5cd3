import type { Usage } from "./chat.ts";

/** What a text is embedded for; vendors that make no difference ignore it. */
export type EmbedPurpose = "query" | "document" | "similarity" | "classification" | "clustering";

/** The neutral embedding request; null always means: the client said nothing. */
export interface EmbedRequest {
  /** As the client named it. */
  readonly model: string;
  /** Texts, or token ids where the vendor takes them. */
  readonly inputs: readonly (string | readonly number[])[];
  readonly dimensions: number | null;
  readonly purpose: EmbedPurpose | null;
  readonly title: string | null;
  readonly user: string | null;
  readonly extras: Readonly<Record<string, unknown>>;
}

export interface EmbedResult {
  readonly model: string;
  /** One vector an input, in their order. */
  readonly vectors: readonly (readonly number[])[];
  /** null when the vendor does not say. */
  readonly usage: Usage | null;
}
