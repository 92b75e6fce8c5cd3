import type { PromptRow, QualityTable } from "./quality-table.ts";

/** Measures of one (prompt, model) pair; NaN where unknown. */
interface Outcome {
  readonly quality: number;
  readonly costUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly latencyMs: number;
  readonly propensity: number;
}

const COLUMNS = ["quality", "costUsd", "inputTokens", "outputTokens", "latencyMs", "propensity"] as const;
type Column = (typeof COLUMNS)[number];

const BLOCK_ROWS = 1024;

/** Rows of one block, [BLOCK_ROWS x stride]; a column that nobody filled takes no memory. */
interface Block {
  stride: number;
  readonly columns: Partial<Record<Column, Float32Array>>;
}

export interface TableBuilder {
  readonly promptCount: number;
  /** Row of a prompt; undefined when it has not been added. */
  rowOf(promptId: string): number | undefined;
  /** Adds a prompt that is not there yet and returns its row. */
  addPrompt(prompt: PromptRow): number;
  /** Column of a model, made when new. */
  columnOf(model: string): number;
  /** false, and nothing changed, when this pair has an outcome already. */
  addOutcome(row: number, column: number, outcome: Outcome): boolean;
  finish(lineage: QualityTable["lineage"]): QualityTable;
}

/**
 * Grows a table record by record: typed blocks instead of an array of records, so that 100,000 prompts x 12 models
 * take some 30 MB beside the texts. Models may turn up at any time; a block is widened only when it meets a new one.
 */
export function createTableBuilder(): TableBuilder {
  const prompts: PromptRow[] = [];
  const rows = new Map<string, number>();
  const models: string[] = [];
  const modelColumns = new Map<string, number>();
  const blocks: Block[] = [];
  const seen = new Set<Column>();

  function blockFor(row: number, column: number): Block {
    const index = Math.floor(row / BLOCK_ROWS);
    for (let i = blocks.length; i <= index; i++) blocks.push({ stride: roundUp(models.length), columns: {} });
    const block = blocks[index]!;
    if (column >= block.stride) widen(block, roundUp(models.length));
    return block;
  }

  return {
    get promptCount() {
      return prompts.length;
    },
    rowOf: (promptId) => rows.get(promptId),
    addPrompt(prompt) {
      const row = prompts.push(prompt) - 1;
      rows.set(prompt.promptId, row);
      return row;
    },
    columnOf(model) {
      let column = modelColumns.get(model);
      if (column === undefined) {
        column = models.push(model) - 1;
        modelColumns.set(model, column);
      }
      return column;
    },
    addOutcome(row, column, outcome) {
      const block = blockFor(row, column);
      const at = (row % BLOCK_ROWS) * block.stride + column;
      const known = block.columns.quality?.[at];
      if (known !== undefined && !Number.isNaN(known)) return false;
      for (const name of COLUMNS) {
        const value = outcome[name];
        if (Number.isNaN(value)) continue;
        let values = block.columns[name];
        if (values === undefined) {
          values = new Float32Array(BLOCK_ROWS * block.stride).fill(Number.NaN);
          block.columns[name] = values;
          seen.add(name);
        }
        values[at] = value;
      }
      return true;
    },
    finish(lineage) {
      const matrix = (name: Column): Float32Array => gather(blocks, name, prompts.length, models.length);
      const optional = (name: Column): Float32Array | null => (seen.has(name) ? matrix(name) : null);
      return {
        prompts,
        models,
        quality: matrix("quality"),
        costUsd: optional("costUsd"),
        inputTokens: optional("inputTokens"),
        outputTokens: optional("outputTokens"),
        latencyMs: optional("latencyMs"),
        propensity: optional("propensity"),
        lineage,
      };
    },
  };
}

function roundUp(modelCount: number): number {
  return Math.max(4, Math.ceil(modelCount / 8) * 8);
}

function widen(block: Block, stride: number): void {
  for (const name of COLUMNS) {
    const old = block.columns[name];
    if (old === undefined) continue;
    const wide = new Float32Array(BLOCK_ROWS * stride).fill(Number.NaN);
    for (let row = 0; row < BLOCK_ROWS; row++) {
      wide.set(old.subarray(row * block.stride, (row + 1) * block.stride), row * stride);
    }
    block.columns[name] = wide;
  }
  block.stride = stride;
}

/** Copies one column out of its blocks and lets each block go, so that the peak is one column above the result. */
function gather(blocks: readonly Block[], name: Column, rowCount: number, modelCount: number): Float32Array {
  const out = new Float32Array(rowCount * modelCount).fill(Number.NaN);
  blocks.forEach((block, index) => {
    const values = block.columns[name];
    if (values === undefined) return;
    const first = index * BLOCK_ROWS;
    const last = Math.min(first + BLOCK_ROWS, rowCount);
    const width = Math.min(block.stride, modelCount);
    for (let row = first; row < last; row++) {
      const from = (row - first) * block.stride;
      out.set(values.subarray(from, from + width), row * modelCount);
    }
    delete block.columns[name];
  });
  return out;
}
