/** Rows that the same models all answered: only within one can models be compared. */
export interface CompletePool {
  /** Row indices, ascending. */
  readonly rows: readonly number[];
  /** Model columns, ascending. */
  readonly columns: readonly number[];
}

/** Pools whose common models are at least this share of either's are joined on those. */
const COMMON_SHARE = 0.6;

/**
 * Cuts a quality matrix [count x models] with NaN for unknown labels into complete pools: rows by the set of models that
 * answered them, similar sets joined on their common models. Largest first; rows with one label or none are left out.
 */
export function completePools(quality: Float32Array, count: number, models: number): CompletePool[] {
  const exact = new Map<string, { rows: number[]; columns: number[] }>();
  const mark = new Array<string>(models);
  for (let row = 0; row < count; row++) {
    for (let m = 0; m < models; m++) mark[m] = Number.isNaN(quality[row * models + m]!) ? "0" : "1";
    const key = mark.join("");
    const pool = exact.get(key);
    if (pool) pool.rows.push(row);
    else exact.set(key, { rows: [row], columns: mark.flatMap((known, m) => (known === "1" ? [m] : [])) });
  }
  const joined: { rows: number[]; columns: number[] }[] = [];
  for (const { rows, columns } of [...exact.values()].sort((a, b) => b.rows.length - a.rows.length)) {
    if (columns.length < 2) continue;
    const like = joined.find((pool) => {
      const common = pool.columns.filter((column) => columns.includes(column)).length;
      return common >= 2 && common >= COMMON_SHARE * Math.max(pool.columns.length, columns.length);
    });
    if (like) {
      like.rows.push(...rows);
      like.columns = like.columns.filter((column) => columns.includes(column));
    } else joined.push({ rows, columns });
  }
  for (const pool of joined) pool.rows.sort((a, b) => a - b);
  return joined.sort((a, b) => b.rows.length - a.rows.length);
}
