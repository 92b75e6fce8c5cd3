/**
 * Items that we rendered, so that a client which refers to one by id (Vercel's AI SDK does so unless `store` is false)
 * gets its history although nothing is stored. Held in this process only, the oldest leaving first.
 */
export interface ItemMemory {
  remember(id: string, item: object): void;
  /** null when the item was never ours, or is gone. */
  recall(id: string): unknown;
}

const MAX_CHARS = 8 * 1024 * 1024;

export function createItemMemory(maxChars = MAX_CHARS): ItemMemory {
  const items = new Map<string, string>();
  let chars = 0;
  return {
    remember(id, item) {
      const json = JSON.stringify(item);
      chars += json.length - (items.get(id)?.length ?? 0);
      items.delete(id);
      items.set(id, json);
      for (const [oldest, held] of items) {
        if (chars <= maxChars) break;
        items.delete(oldest);
        chars -= held.length;
      }
    },
    recall(id) {
      const json = items.get(id);
      return json === undefined ? null : (JSON.parse(json) as unknown);
    },
  };
}
