import type { Rng } from "../../../engine/rng.ts";

const WORDS = `about after also answer around because before begin between bring case change clear close common compare
consider could course depend different difference each early example explain fact few first follow form general give
good group have hold idea important include keep kind large later lead less level like line little look main make many
matter mean measure might more most move much need next note number often order other over own part pattern people
place plan point possible problem process question reach reason rest result same second see several show side simple
since small some source start state step still such sum take term than then there these thing think third though
through time together toward true turn under until use value very way well what when where which while whole why with
within without word work would year`.split(/\s+/);

/**
 * Pieces that a stream would bring, a token each: words with their spaces, sentences of some ten words, a paragraph
 * after every few.
 */
export function answerPieces(count: number, rng: Rng): string[] {
  const pieces: string[] = [];
  let left = 0;
  let sentences = 0;
  let isFirst = true;
  while (pieces.length < count) {
    const begins = left === 0;
    if (begins) left = 7 + Math.floor(rng.next() * 8);
    const word = WORDS[Math.floor(rng.next() * WORDS.length)]!;
    const space = isFirst ? "" : begins && sentences > 0 && sentences % 5 === 0 ? "\n\n" : " ";
    isFirst = false;
    pieces.push(space + (begins ? word[0]!.toUpperCase() + word.slice(1) : word));
    left--;
    if (left === 0) {
      sentences++;
      if (pieces.length < count) pieces.push(".");
    }
  }
  return pieces;
}

/** Any text in pieces of about a token, which together are the text again. */
export function piecesOf(text: string): string[] {
  return text.match(/\s*[^\s]{1,8}|\s+$/gu) ?? [];
}
