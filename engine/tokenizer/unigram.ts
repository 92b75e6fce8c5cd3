/** Pieces by id with their log-probabilities. Ids below `firstPiece` are control symbols that never match; id 0 is unknown. */
export interface UnigramVocabulary {
  readonly firstPiece: number;
  readonly pieces: readonly string[];
  readonly scores: readonly number[];
}

export interface Tokenizer {
  /** Token ids of a text; empty only when the text is. */
  encode(text: string): Int32Array;
}

const SPACE_MARK = "\u2581";
const UNKNOWN = 0;

/**
 * Sentencepiece unigram tokenizer: the best-scoring way to cut a text into pieces (Viterbi over a trie).
 *
 * Text is put in NFKC, U+2581 stands before it and for each U+0020; nothing else is folded or trimmed. An unknown
 * character costs nothing and consecutive ones become one id 0. Ties go to the later start. Pieces are taken to lie in
 * the basic plane; a piece that occurs twice has its last id.
 *
 * @source the tokenizer of @energetic-ai/embeddings 0.2.0, whose ids this gives, quirks included: a position whose best
 *         score is exactly 0 counts as not reached yet
 */
export function createUnigramTokenizer(vocabulary: UnigramVocabulary): Tokenizer {
  const trie = buildTrie(vocabulary);
  const scores = Float64Array.from(vocabulary.scores);
  let best = new Float64Array(0);
  let from = new Int32Array(0);
  let pieceAt = new Int32Array(0);

  return {
    encode(original) {
      const normal = original.normalize("NFKC");
      if (normal === "") return new Int32Array(0);
      const text = SPACE_MARK + normal.replaceAll(" ", SPACE_MARK);
      const { length } = text;
      if (best.length <= length) {
        best = new Float64Array(2 * length + 1);
        from = new Int32Array(2 * length + 1);
        pieceAt = new Int32Array(2 * length + 1);
      }
      best.fill(0, 0, length + 1);

      for (let start = 0; start < length; ) {
        const score = best[start]!;
        let matched = false;
        let node = 0;
        for (let end = start; end < length; ) {
          node = child(trie, node, text.charCodeAt(end));
          if (node === 0) break;
          end++;
          const piece = trie.piece[node]!;
          if (piece === 0) continue;
          matched = true;
          const total = score + scores[piece]!;
          if (best[end] === 0 || total >= best[end]!) {
            best[end] = total;
            from[end] = start;
            pieceAt[end] = piece;
          }
        }
        const width = isPair(text, start) ? 2 : 1;
        if (!matched) {
          const end = start + width;
          if (best[end] === 0 || score >= best[end]!) {
            best[end] = score;
            from[end] = start;
            pieceAt[end] = UNKNOWN;
          }
        }
        start += width;
      }
      return traceBack(from, pieceAt, length);
    },
  };
}

function traceBack(from: Int32Array, pieceAt: Int32Array, length: number): Int32Array {
  let count = 0;
  let previous = -1;
  for (let at = length; at > 0; at = from[at]!) {
    const piece = pieceAt[at]!;
    if (piece !== UNKNOWN || previous !== UNKNOWN) count++;
    previous = piece;
  }
  const ids = new Int32Array(count);
  previous = -1;
  for (let at = length; at > 0; at = from[at]!) {
    const piece = pieceAt[at]!;
    if (piece !== UNKNOWN || previous !== UNKNOWN) ids[--count] = piece;
    previous = piece;
  }
  return ids;
}

function isPair(text: string, at: number): boolean {
  return (
    (text.charCodeAt(at) & 0xfc00) === 0xd800 && at + 1 < text.length && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00
  );
}

/** Edges in one open-addressing table: (node, unit) -> node. Node 0 is the root, and no edge leads to it. */
interface Trie {
  readonly mask: number;
  readonly parent: Int32Array;
  readonly unit: Uint16Array;
  readonly node: Int32Array;
  /** Id of the piece that ends in a node; 0 for none. */
  readonly piece: Int32Array;
}

function buildTrie(vocabulary: UnigramVocabulary): Trie {
  const { pieces, firstPiece } = vocabulary;
  const most = pieces.reduce((sum, piece) => sum + piece.length, 1);
  let size = 1024;
  while (size < 3 * most) size *= 2;
  const trie: Trie = {
    mask: size - 1,
    parent: new Int32Array(size),
    unit: new Uint16Array(size),
    node: new Int32Array(size),
    piece: new Int32Array(most + 1),
  };
  let nodes = 0;
  for (let id = firstPiece; id < pieces.length; id++) {
    const piece = pieces[id]!;
    let node = 0;
    for (let i = 0; i < piece.length; i++) {
      const slot = slotOf(trie, node, piece.charCodeAt(i));
      if (trie.node[slot] === 0) {
        trie.parent[slot] = node;
        trie.unit[slot] = piece.charCodeAt(i);
        trie.node[slot] = ++nodes;
      }
      node = trie.node[slot]!;
    }
    trie.piece[node] = id;
  }
  return trie;
}

function child(trie: Trie, node: number, unit: number): number {
  return trie.node[slotOf(trie, node, unit)]!;
}

function slotOf(trie: Trie, node: number, unit: number): number {
  const { mask } = trie;
  let slot = (Math.imul(node, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b)) >>> 8;
  for (slot &= mask; trie.node[slot] !== 0; slot = (slot + 1) & mask) {
    if (trie.parent[slot] === node && trie.unit[slot] === unit) break;
  }
  return slot;
}
