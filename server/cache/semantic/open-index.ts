import { discover } from "../../../engine/discover.ts";
import type { Embedder, EmbedderPlugin } from "../../../engine/embedder.ts";
import { type AskIndex, createAskIndex } from "./ask-index.ts";
import { openLexicon } from "./lexicon.ts";

const EMBEDDER = "use-lite";

/** The sentence encoder that is shipped. */
export async function openEncoder(): Promise<Embedder> {
  const embedders = await discover<EmbedderPlugin>(new URL("../../../engine/embedders/", import.meta.url));
  const plugin = embedders.get(EMBEDDER);
  if (plugin === undefined) throw new Error(`no embedder "${EMBEDDER}"`);
  return plugin.open({ folder: null, model: null, threads: 1 });
}

/** The index with the encoder and the lexicon that are shipped. */
export async function openIndex(): Promise<AskIndex> {
  const [embedder, sense] = await Promise.all([openEncoder(), openLexicon()]);
  const index = createAskIndex({ embed: (text) => embedder.embed(text), sense });
  return {
    ...index,
    async close() {
      await index.close();
      await embedder.close();
    },
  };
}

/** Opened when it is first asked for something. */
export function lazyIndex(open: () => Promise<AskIndex>): AskIndex {
  let opening: Promise<AskIndex> | null = null;
  const opened = () => {
    opening ??= open();
    return opening;
  };
  return {
    find: async (query) => (await opened()).find(query),
    add: async (id, placed) => (await opened()).add(id, placed),
    remove: async (id) => (await opening)?.remove(id),
    similarity: async (a, b) => (await opened()).similarity(a, b),
    size: async () => (await opening)?.size() ?? 0,
    close: async () => (await opening)?.close(),
  };
}
