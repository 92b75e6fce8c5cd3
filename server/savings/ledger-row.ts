import { z } from "zod";
import { Price } from "../../engine/schema/candidate.ts";

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "a lower-case SHA-256 digest");
const Nano = z.number().int().nonnegative();
const Count = z.number().int().nonnegative();
const Share = z.number().min(0).max(1);
export const LedgerArm = z.enum(["treatment", "holdout"]);
export type LedgerArm = z.infer<typeof LedgerArm>;

const TokenClasses = z.strictObject({
  /** All input, cached included. */
  input: Count,
  cache_read: Count,
  /** All that was written to a cache. */
  cache_write: Count,
  cache_write_1h: Count.optional(),
  /** All output, reasoning included. */
  output: Count,
  reasoning: Count.optional(),
  input_audio: Count.optional(),
  input_image: Count.optional(),
  cache_read_audio: Count.optional(),
  output_audio: Count.optional(),
  output_image: Count.optional(),
  web_searches: Count.optional(),
  file_searches: Count.optional(),
});

/** Why a row comes after its moment: its process was killed before it had written it, and the log of requests had it. */
const Late = z.literal("recovered_from_log");

/** What is agreed before the first session; a later one replaces it from its moment on. */
const Terms = z.strictObject({
  kind: z.literal("terms"),
  route: z.string().min(1),
  incumbent: z.string().min(1),
  /** Share of sessions kept on the incumbent. */
  holdout: z.number().gt(0).lt(1),
  /** SHA-256 of the salt that draws them. */
  salt_commitment: Sha256,
  confidence: z.number().gt(0.5).lt(1),
  /** Of the saving's lower bound. */
  fee_share: Share,
  /** Most mean quality that may be lost; the month costs nothing where that is not shown. */
  quality_margin: z.number().positive().max(1),
  /** Sessions at which the bounds are narrowest; fixed before. */
  tuned_sessions: Count.default(20_000),
  /** Digest of the certificate under which requests are routed; null without one. */
  certificate: Sha256.nullable(),
});

/** A price table, before the first request that is costed by it. */
const Prices = z.strictObject({ kind: z.literal("prices"), prices: z.record(z.string(), Price) });

/** A session's first moment: its lot and what is known before any decision. */
const SessionStart = z.strictObject({
  kind: z.literal("session"),
  session: z.string().min(1),
  arm: LedgerArm,
  /**
   * Nano-USD that the session would cost on the incumbent, foretold from its first request before it was decided. Never
   * from what followed: that differs between the arms.
   */
  expected_nano_usd: Nano,
  reason: Late.optional(),
});

/** One attempt as the provider billed it: failed ones that were billed count too, each as a row with its own id. */
const Request = z.strictObject({
  kind: z.literal("request"),
  id: z.string().min(1),
  session: z.string().min(1),
  arm: LedgerArm,
  model: z.string().min(1),
  tokens: TokenClasses,
  /** `digestOf` the prices it was costed by. */
  price_digest: Sha256,
  /** Service tier, in thousandths of the price. */
  price_thousandths: Count.optional(),
  cost_nano_usd: Nano,
  /** What routing this request cost beside, e.g. an embedding call. */
  overhead_nano_usd: Nano.default(0),
  reason: Late.optional(),
});

/** An attempt whose cost nobody knows. It counts as nothing, and its month is not billed. */
const Unpriced = z.strictObject({
  kind: z.literal("unpriced"),
  id: z.string().min(1),
  session: z.string().min(1),
  arm: LedgerArm,
  model: z.string().min(1),
  reason: Late.optional(),
});

/** What observing and proving cost; it is taken off the saving. */
const Overhead = z.strictObject({
  kind: z.literal("overhead"),
  source: z.enum(["audit", "judge", "shadow", "canary", "router", "other"]),
  id: z.string().min(1),
  cost_nano_usd: Nano,
});

/** A blind verdict on an answer, or on a routed answer beside the incumbent's in shadow. */
const Quality = z.strictObject({
  kind: z.literal("quality"),
  session: z.string().min(1),
  arm: LedgerArm,
  /** Quality of the answer in [0, 1]; with `paired` that of the answer less the incumbent's, in [-1, 1]. */
  score: z.number().min(-1).max(1),
  paired: z.boolean().default(false),
  /** Chance with which the answer was picked to be judged. */
  inclusion: z.number().gt(0).max(1),
  judge: z.string().min(1),
});

/** The salt, once its period is over: whoever has the ledger can draw every session again. */
const Reveal = z.strictObject({ kind: z.literal("reveal"), salt: z.string().min(1) });

export const LedgerFact = z.discriminatedUnion("kind", [
  Terms,
  Prices,
  SessionStart,
  Request,
  Unpriced,
  Overhead,
  Quality,
  Reveal,
]);
export type LedgerFact = z.infer<typeof LedgerFact>;
export type LedgerFactInput = z.input<typeof LedgerFact>;
export type LedgerTerms = z.infer<typeof Terms>;

/** A line of ledger.jsonl. `hash` covers everything else, `previous` chains it to the row before. */
export const LedgerRow = z.strictObject({
  seq: Count,
  at: z.iso.datetime(),
  fact: LedgerFact,
  previous: Sha256,
  hash: Sha256,
});
export type LedgerRow = z.infer<typeof LedgerRow>;
