import type { QualityRecord } from "../engine/schema/quality-record.ts";
import { hashText } from "./hash-text.ts";

export interface RecordRegister {
  /** null and remembered; or why this record cannot stand beside the ones before it. */
  add(record: QualityRecord, text: string): string | null;
}

/** Remembers which (prompt_id, model) pairs were met: one bit a pair and 16 bytes a prompt beside its id. */
export function createRecordRegister(): RecordRegister {
  const rows = new Map<string, number>();
  const columns = new Map<string, number>();
  const hashes: number[] = [];
  /** Per row, the models met as 32-bit words. */
  const met: number[][] = [];
  return {
    add(record, text) {
      const hash = hashText(text);
      let row = rows.get(record.prompt_id);
      if (row === undefined) {
        row = hashes.push(hash) - 1;
        met.push([]);
        rows.set(record.prompt_id, row);
      } else if (hashes[row] !== hash) return `another text under the same prompt_id: ${record.prompt_id}`;
      let column = columns.get(record.model);
      if (column === undefined) {
        column = columns.size;
        columns.set(record.model, column);
      }
      const words = met[row]!;
      const word = column >>> 5;
      while (words.length <= word) words.push(0);
      const bit = 1 << (column & 31);
      if ((words[word]! & bit) !== 0) return `duplicate (prompt_id, model): ${record.prompt_id}, ${record.model}`;
      words[word] = words[word]! | bit;
      return null;
    },
  };
}
