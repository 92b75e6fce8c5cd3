import { COUNTERS, type Counters, countersFrom } from "../../usage/counters.ts";

type Numbers = ArrayLike<number>;

/** Sums of one group; `group` are numbers of words. */
export interface GroupSum {
  readonly bucket: number;
  readonly group: readonly number[];
  readonly counters: Counters;
}

/** Columns of many rows that are shown in one bucket. */
export interface Part {
  readonly bucket: number;
  readonly rows: number;
  /** Numbers of words, in the order of the group's places. */
  readonly group: readonly Numbers[];
  /** In the order of COUNTERS. */
  readonly counters: readonly Numbers[];
  /** Rows without one of the allowed words are left out. */
  readonly checks: readonly { readonly words: Numbers; readonly allowed: ReadonlySet<number> }[];
}

/** Adds up rows by bucket and group: a million groups are numbers until it is known which of them are shown. */
export interface GroupSums {
  /** @param places where in `words` each of the group's is */
  addRow(bucket: number, words: Numbers, places: readonly number[], counters: Numbers): void;
  addPart(part: Part): void;
  readonly count: number;
  total(): Counters;
  /** Everything, by bucket. */
  parts(): Part[];
  /** Begins anew, with the memory that it has. */
  clear(): void;
  /** By bucket, then the most costly first. */
  top(limit: number): GroupSum[];
}

const WIDTH = COUNTERS.length;
const COST = COUNTERS.indexOf("costNanoUsd");
/** Numbers of words, minutes and groups are below it, so that two of them make one whole number. */
const RADIX = 2 ** 26;
const FIRST_GROUPS = 1_024;
const LEFT_OUT = -1;
/** Beyond it an array would be mostly empty. */
const MOST_NUMBERS = 2 ** 22;
const FIRST_NUMBERS = 256;

/**
 * @param places     how many dimensions a group has
 * @param mostTables how many groups of a place get an array instead of a map: worth it for a question over many rows
 */
export function createGroupSums(places: number, mostTables = 0): GroupSums {
  /** From a group so far and the next number to the group with it: the bucket first, then each place. */
  const steps = Array.from({ length: places + 1 }, () => new Map<number, number>());
  /** Of each step's groups: the group before and the number that it adds. */
  const before = steps.map((): number[] => []);
  const added = steps.map((): number[] => []);
  /** By counter, then group: one counter of many groups stays near the processor while a part is added up. */
  let sums = COUNTERS.map(() => new Float64Array(FIRST_GROUPS));

  /** The same as `steps` for the first few groups, whose next numbers are places of an array; 0 is none. */
  const tables = steps.map((): Int32Array[] => []);

  function tableOf(place: number, group: number, number: number): Int32Array {
    const table = tables[place]![group];
    if (table !== undefined && number < table.length) return table;
    const longer = new Int32Array(Math.max(FIRST_NUMBERS, 2 ** Math.ceil(Math.log2(number + 1))));
    if (table !== undefined) longer.set(table);
    tables[place]![group] = longer;
    return longer;
  }

  function step(place: number, group: number, number: number): number {
    if (group < mostTables && number < MOST_NUMBERS && place > 0) {
      const table = tableOf(place, group, number);
      const known = table[number]!;
      if (known !== 0) return known - 1;
      const made = make(place, group, number);
      table[number] = made + 1;
      return made;
    }
    const key = group * RADIX + number;
    const known = steps[place]!.get(key);
    if (known !== undefined) return known;
    const made = make(place, group, number);
    steps[place]!.set(key, made);
    return made;
  }

  function make(place: number, group: number, number: number): number {
    const made = before[place]!.length;
    before[place]!.push(group);
    added[place]!.push(number);
    if (place === places && made >= sums[0]!.length) sums = sums.map(twiceAsLong);
    return made;
  }

  function sumOf(index: number): GroupSum {
    const group: number[] = [];
    let at = index;
    for (let place = places; place > 0; place--) {
      group.unshift(added[place]![at]!);
      at = before[place]![at]!;
    }
    const counters = countersFrom(sums.map((column) => column[index]!));
    return { bucket: added[0]![at]!, group, counters };
  }

  /** What cannot be among the most costly is left out before anything is sorted. */
  function mostCostly(count: number, limit: number): Uint32Array {
    const all = Uint32Array.from({ length: count }, (_, index) => index);
    if (count <= 2 * limit || added[0]!.length > 1) return all;
    const ofGroups = sums[COST]!;
    const least = ofGroups.slice(0, count).sort()[count - limit]!;
    return all.filter((index) => ofGroups[index]! >= least);
  }

  function bucketOf(index: number): number {
    if (added[0]!.length === 1) return added[0]![0]!;
    let at = index;
    for (let place = places; place > 0; place--) at = before[place]![at]!;
    return added[0]![at]!;
  }

  return {
    addRow(bucket, words, at, counters) {
      let group = step(0, 0, bucket);
      for (let place = 0; place < places; place++) group = step(place + 1, group, words[at[place]!]!);
      for (let i = 0; i < WIDTH; i++) sums[i]![group]! += counters[i]!;
    },
    addPart({ bucket, rows, group, counters, checks }) {
      const groups = new Int32Array(rows);
      for (const { words, allowed } of checks) {
        for (let row = 0; row < rows; row++) if (!allowed.has(words[row]!)) groups[row] = LEFT_OUT;
      }
      if (groups.every((group) => group === LEFT_OUT)) return;
      const first = step(0, 0, bucket);
      for (let row = 0; row < rows; row++) if (groups[row] !== LEFT_OUT) groups[row] = first;
      for (let place = 0; place < places; place++) {
        const words = group[place]!;
        let last = -1;
        let lastWord = -1;
        let made = 0;
        for (let row = 0; row < rows; row++) {
          const so = groups[row]!;
          if (so === LEFT_OUT) continue;
          const word = words[row]!;
          if (so !== last || word !== lastWord) {
            last = so;
            lastWord = word;
            made = step(place + 1, so, word);
          }
          groups[row] = made;
        }
      }
      for (let i = 0; i < WIDTH; i++) {
        const values = counters[i]!;
        if (isZeros(values)) continue;
        const column = sums[i]!;
        for (let row = 0; row < rows; row++) {
          const at = groups[row]!;
          if (at !== LEFT_OUT) column[at]! += values[row]!;
        }
      }
    },
    get count() {
      return before[places]!.length;
    },
    total() {
      const count = before[places]!.length;
      return countersFrom(sums.map((column) => column.subarray(0, count).reduce((sum, one) => sum + one, 0)));
    },
    parts() {
      const indexes = new Map<number, number[]>();
      const count = before[places]!.length;
      for (let index = 0; index < count; index++) {
        const bucket = bucketOf(index);
        const found = indexes.get(bucket);
        if (found === undefined) indexes.set(bucket, [index]);
        else found.push(index);
      }
      return [...indexes].map(([bucket, found]): Part => {
        const rows = found.length;
        const group = Array.from({ length: places }, () => new Float64Array(rows));
        const counters = COUNTERS.map(() => new Float64Array(rows));
        for (let row = 0; row < rows; row++) {
          let at = found[row]!;
          for (let i = 0; i < WIDTH; i++) counters[i]![row] = sums[i]![at]!;
          for (let place = places; place > 0; place--) {
            group[place - 1]![row] = added[place]![at]!;
            at = before[place]![at]!;
          }
        }
        return { bucket, rows, group, counters, checks: [] };
      });
    },
    clear() {
      for (const column of sums) column.fill(0, 0, before[places]!.length);
      for (const map of steps) map.clear();
      for (const lists of tables) for (const table of lists) table?.fill(0);
      for (const list of [...before, ...added]) list.length = 0;
    },
    top(limit) {
      const buckets = new Map<number, number>();
      const bucket = (index: number) => {
        const known = buckets.get(index) ?? bucketOf(index);
        buckets.set(index, known);
        return known;
      };
      const isOne = added[0]!.length <= 1;
      return [...mostCostly(before[places]!.length, limit)]
        .sort((a, b) => (isOne ? 0 : bucket(a) - bucket(b)) || sums[COST]![b]! - sums[COST]![a]!)
        .slice(0, limit)
        .map(sumOf);
    },
  };
}

function twiceAsLong(column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(2 * column.length);
  longer.set(column);
  return longer;
}

function isZeros(values: Numbers): boolean {
  for (let row = 0; row < values.length; row++) if (values[row] !== 0) return false;
  return true;
}
