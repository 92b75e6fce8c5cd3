import type { PiiFinder } from "../../engine/pii/find-pii.ts";
import { decode, mayFollow, TAG_COUNT, TAGS } from "../../engine/pii/names/decode.ts";
import { BUCKETS, featuresOf, hashText, WIDTH } from "../../engine/pii/names/features.ts";
import type { Lexicon } from "../../engine/pii/names/lexicon.ts";
import { type Tokens, tokenize } from "../../engine/pii/names/tokenize.ts";
import type { Rng } from "../../engine/rng.ts";
import type { LabelledText } from "./corpus.ts";

export interface FitOptions {
  readonly rng: Rng;
  readonly lexicon: Lexicon;
  /** Finds what has a form of its own, which is one token. */
  readonly structured: PiiFinder;
  /** Share of names, and of other words, that are disguised as never seen, so that what stands around them is learned. */
  readonly disguised: { readonly names: number; readonly others: number };
  /** Called now and then with the share of tokens tagged rightly since the last call. */
  readonly onProgress: (texts: number, accuracy: number) => void;
}

export interface FittedTagger {
  readonly emissions: Float32Array;
  readonly transitions: Float32Array;
}

const PROGRESS_EVERY = 20_000;

/**
 * A linear tagger by the averaged structured perceptron.
 *
 * @param texts   labelled texts, each looked at once
 * @source        Collins 2002, Discriminative Training Methods for Hidden Markov Models
 */
export function fitTagger(
  texts: Iterable<LabelledText>,
  { rng, lexicon, structured, disguised, onProgress }: FitOptions,
): FittedTagger {
  const emissions = new Float32Array(BUCKETS * TAG_COUNT);
  const transitions = new Float32Array((TAG_COUNT + 1) * TAG_COUNT);
  const emissionSums = new Float64Array(emissions.length);
  const transitionSums = new Float64Array(transitions.length);
  let step = 1;
  let right = 0;
  let seen = 0;
  for (const labelled of texts) {
    const tokens = tokenize(labelled.text, structured.find(labelled.text));
    if (tokens.length === 0) continue;
    const gold = tagsOf(tokens, labelled);
    const label = labelled.label === null ? 0 : hashText(labelled.label.toLowerCase());
    // Without a capital only a known word says that it is a name.
    const share = (i: number) =>
      gold[i] === 0 ? disguised.others : isCapital(tokens.texts[i]!) ? disguised.names : 0.05;
    const features = featuresOf(tokens, lexicon, label, (i) =>
      rng.next() < share(i) ? Math.floor(rng.next() * 2 ** 31) | 1 : 0,
    );
    const guess = decode(features, { emissions, transitions });
    for (let i = 0; i < gold.length; i++) {
      seen++;
      if (gold[i] === guess[i]) right++;
      else {
        for (let k = i * WIDTH, end = k + WIDTH; k < end; k++) {
          const row = features[k]! * TAG_COUNT;
          add(emissions, emissionSums, row + gold[i]!, 1, step);
          add(emissions, emissionSums, row + guess[i]!, -1, step);
        }
      }
      const [goldFrom, guessFrom] = i === 0 ? [TAG_COUNT, TAG_COUNT] : [gold[i - 1]!, guess[i - 1]!];
      if (goldFrom !== guessFrom || gold[i] !== guess[i]) {
        add(transitions, transitionSums, goldFrom * TAG_COUNT + gold[i]!, 1, step);
        add(transitions, transitionSums, guessFrom * TAG_COUNT + guess[i]!, -1, step);
      }
    }
    step++;
    if (step % PROGRESS_EVERY === 0) {
      onProgress(step, right / seen);
      right = seen = 0;
    }
  }
  return {
    emissions: emissions.map((weight, index) => weight - emissionSums[index]! / step),
    transitions: transitions.map((weight, index) => weight - transitionSums[index]! / step),
  };
}

function isCapital(token: string): boolean {
  return token[0] !== token[0]!.toLowerCase();
}

function add(weights: Float32Array, sums: Float64Array, index: number, by: number, step: number): void {
  weights[index]! += by;
  sums[index]! += by * step;
}

/** Tags of the tokens; one that is partly in a span belongs to it. */
export function tagsOf(tokens: Tokens, { spans }: LabelledText): Uint8Array {
  const tags = new Uint8Array(tokens.length);
  for (const { kind, start, end } of spans) {
    let isFirst = true;
    for (let i = 0; i < tokens.length; i++) {
      if (tokens.ends[i]! <= start || tokens.starts[i]! >= end) continue;
      const tag = TAGS.indexOf(`${isFirst ? "B" : "I"}-${kind}`);
      tags[i] = mayFollow(i === 0 ? TAG_COUNT : tags[i - 1]!, tag) ? tag : tag - 1;
      isFirst = false;
    }
  }
  return tags;
}
