/**
 * Columns of whole numbers, each as narrow as its values: number of rows and of columns (32 bits each), one byte a column
 * for its width, then the widest columns first, so that every one begins where its numbers may lie.
 */
export type Column = Int8Array | Int16Array | Int32Array | Float64Array;

const HEAD_BYTES = 8;
/** By width in bytes; 0 is a column of zeros. */
const ARRAYS = { 1: Int8Array, 2: Int16Array, 4: Int32Array, 8: Float64Array } as const;
type Width = 0 | keyof typeof ARRAYS;
const WIDEST_FIRST = [8, 4, 2, 1] as const;

export function encodeColumns(columns: readonly ArrayLike<number>[]): Buffer {
  const rows = columns[0]?.length ?? 0;
  const widths = columns.map(widthOf);
  const head = headBytes(columns.length);
  const bytes = Buffer.alloc(head + widths.reduce<number>((sum, width) => sum + width * rows, 0));
  bytes.writeUInt32LE(rows, 0);
  bytes.writeUInt32LE(columns.length, 4);
  bytes.set(widths, HEAD_BYTES);
  let at = head;
  for (const width of WIDEST_FIRST) {
    for (const [i, column] of columns.entries()) {
      if (widths[i] !== width) continue;
      const numbers = new ARRAYS[width](column);
      bytes.set(new Uint8Array(numbers.buffer), at);
      at += numbers.byteLength;
    }
  }
  return bytes;
}

export function decodeColumns(body: Uint8Array): { readonly rows: number; readonly columns: readonly Column[] } {
  const bytes = body.byteOffset % 8 === 0 ? body : Uint8Array.from(body);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows = view.getUint32(0, true);
  const count = view.getUint32(4, true);
  const zeros = new Int8Array(rows);
  const columns: Column[] = new Array<Column>(count).fill(zeros);
  let at = bytes.byteOffset + headBytes(count);
  for (const width of WIDEST_FIRST) {
    for (let i = 0; i < count; i++) {
      if (bytes[HEAD_BYTES + i] !== width) continue;
      columns[i] = new ARRAYS[width](bytes.buffer as ArrayBuffer, at, rows);
      at += width * rows;
    }
  }
  return { rows, columns };
}

function headBytes(columns: number): number {
  return Math.ceil((HEAD_BYTES + columns) / 8) * 8;
}

function widthOf(column: ArrayLike<number>): Width {
  let most = 0;
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!;
    // A negative number needs what its neighbour above needs.
    const size = value < 0 ? -value - 1 : value;
    if (size > most || value < 0) most = Math.max(most, size, value < 0 ? 1 : 0);
  }
  if (most === 0) return 0;
  if (most <= 0x7f) return 1;
  if (most <= 0x7fff) return 2;
  return most <= 0x7fffffff ? 4 : 8;
}
