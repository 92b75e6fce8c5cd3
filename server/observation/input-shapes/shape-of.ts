import type { Decision } from "../../../engine/decision.ts";
import { nextNormal, seededRng } from "../../../engine/rng.ts";

/** What a request is like, in a few numbers from which its text cannot be read. */
export interface Shape {
  /** Shapes of two kinds cannot be compared: another encoder sees other things. */
  readonly kind: string;
  readonly numbers: Float32Array;
}

/** Numbers that an encoder's are thrown onto. */
const PROJECTED = 32;

/** The encoder's view of a request where the router has one, thrown onto a few random directions; else its features. null: neither was had. */
export function shapeOf({ reading, router }: Pick<Decision, "reading" | "router">): Shape | null {
  if (reading === null) return null;
  const { embedding, features } = reading;
  if (embedding === null) return { kind: "features", numbers: Float32Array.from(features) };
  return { kind: `encoder of ${router.name}@${router.version}`, numbers: projected(embedding) };
}

/** By the number of dimensions; they are the same in every process. */
const directions = new Map<number, Float32Array>();

/** Distances are kept but for some percent: Johnson & Lindenstrauss 1984. */
function projected(embedding: Float32Array): Float32Array {
  const { length } = embedding;
  let matrix = directions.get(length);
  if (matrix === undefined) {
    const rng = seededRng(length);
    matrix = Float32Array.from({ length: PROJECTED * length }, () => nextNormal(rng));
    directions.set(length, matrix);
  }
  const numbers = new Float32Array(PROJECTED);
  for (let row = 0; row < PROJECTED; row++) {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += matrix[row * length + i]! * embedding[i]!;
    numbers[row] = sum;
  }
  return numbers;
}
