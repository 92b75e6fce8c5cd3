/** Whole numbers in -127..127 and what one of them stands for, a scale a row or a column. */
export interface Quantized {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** One symmetric scale a column of a [rows x columns] matrix; an all-zero column gets scale 1. */
export function quantizeColumns(matrix: Float32Array, rows: number, columns: number): Quantized {
  const scales = new Float32Array(columns);
  for (let i = 0; i < matrix.length; i++) {
    const column = i % columns;
    scales[column] = Math.max(scales[column]!, Math.abs(matrix[i]!));
  }
  finishScales(scales);
  const values = new Int8Array(rows * columns);
  for (let i = 0; i < matrix.length; i++) values[i] = Math.round(matrix[i]! / scales[i % columns]!);
  return { values, scales };
}

/** One symmetric scale a row. */
export function quantizeRows(matrix: Float32Array, rows: number, columns: number): Quantized {
  const scales = new Float32Array(rows);
  for (let i = 0; i < matrix.length; i++) {
    const row = Math.floor(i / columns);
    scales[row] = Math.max(scales[row]!, Math.abs(matrix[i]!));
  }
  finishScales(scales);
  const values = new Int8Array(rows * columns);
  for (let i = 0; i < matrix.length; i++) values[i] = Math.round(matrix[i]! / scales[Math.floor(i / columns)]!);
  return { values, scales };
}

function finishScales(scales: Float32Array): void {
  for (let i = 0; i < scales.length; i++) scales[i] = scales[i] === 0 ? 1 : scales[i]! / 127;
}
