import type { Candidate } from "../../engine/schema/candidate.ts";
import type { Provider, UpstreamTarget } from "../provider.ts";
import type { Health } from "./health.ts";
import type { KeyRing } from "./key-ring.ts";
import type { Transport } from "./transport.ts";

/** One model at one upstream, ready to be called. */
export interface Target {
  readonly candidate: Candidate;
  readonly upstreamId: string;
  /** Model name as the upstream knows it. */
  readonly model: string;
  readonly provider: Provider;
  readonly keys: KeyRing;
  readonly transport: Transport;
  readonly health: Health;
  /** What `provider.address` needs, with the key of this try. */
  wire(key: string | null): UpstreamTarget;
}
