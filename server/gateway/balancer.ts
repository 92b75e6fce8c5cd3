import type { Candidate } from "../../engine/schema/candidate.ts";
import type { PoolSection } from "../config-schema.ts";
import type { Healths } from "./health.ts";

/** What the order of a pool's members may depend on. */
export interface Draw {
  /** In [0, 1). */
  readonly random: () => number;
  /** Whose calls shall meet the same member; null: nobody's. */
  readonly session: string | null;
}

/** Orders equal upstreams of one model: the first is asked, the others back it up. */
export interface Balancer {
  order(poolName: string, pool: PoolSection, members: readonly Candidate[], draw: Draw): readonly Candidate[];
}

/** Parts of a typical request's tokens: prompts are longer than answers. */
const INPUT_SHARE = 0.75;

export function createBalancer(healths: Healths): Balancer {
  const turns = new Map<string, number>();
  return {
    order(poolName, { select, members: weights }, members, { random, session }) {
      if (members.length < 2) return members;
      const weightOf = ({ candidateId }: Candidate) => weights.find(({ use }) => use === candidateId)?.weight ?? 1;
      switch (select) {
        case "priority":
          return members;
        case "round-robin": {
          const turn = turns.get(poolName) ?? 0;
          turns.set(poolName, turn + 1);
          const first = turn % members.length;
          return [...members.slice(first), ...members.slice(0, first)];
        }
        case "weighted":
          return byKey(members, (member) => drawKey(random(), weightOf(member)));
        case "sticky":
          return byKey(members, (member) =>
            drawKey(session === null ? random() : unitHash(`${session}\n${member.candidateId}`), weightOf(member)),
          );
        case "least-cost":
          return byKey(members, priceOf);
        case "least-latency":
          // One that was never asked is asked first, so that it becomes known.
          return byKey(members, ({ upstreamId, model }) => healths.of(upstreamId, model).latencyMs ?? -1);
      }
    },
  };
}

/** Smallest first; equals stay in order. */
function byKey(members: readonly Candidate[], keyOf: (member: Candidate) => number): Candidate[] {
  return members
    .map((member) => ({ member, key: keyOf(member) }))
    .sort((a, b) => a.key - b.key)
    .map(({ member }) => member);
}

/**
 * The member with the smallest key is chosen with probability weight / sum of weights.
 *
 * @source Efraimidis and Spirakis 2006, weighted random sampling; with hashes for draws, weighted rendezvous hashing
 */
function drawKey(uniform: number, weight: number): number {
  return -Math.log(1 - uniform) / weight;
}

/** Unknown prices come last. */
function priceOf({ price }: Candidate): number {
  if (price === null) return Number.POSITIVE_INFINITY;
  return INPUT_SHARE * price.inputMicroUsdPerMTok + (1 - INPUT_SHARE) * price.outputMicroUsdPerMTok;
}

/** FNV-1a of the text, mixed by murmur3's finaliser, in [0, 1). */
function unitHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
}
