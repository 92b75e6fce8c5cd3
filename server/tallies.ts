import { Counter, type Metric, type Registry } from "prom-client";

export interface TallyConfig {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly registry: Registry;
}

/** Adds to the sum of these labels, which come in the order of their names. */
export type Tally = (amount: number, ...labels: readonly string[]) => void;

/**
 * A counter for every request: it adds to a number, and prom-client, which checks and joins the labels each time, hears of
 * the sums when somebody asks for them.
 */
export function createTally({ name, help, labelNames = [], registry }: TallyConfig): Tally {
  const cells = createCells(() => ({ sum: 0 }));
  if (labelNames.length === 0) cells.of([]);
  new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, cell } of cells.all()) this.inc(named(labelNames, labels), cell.sum);
    },
  });
  return (amount, ...labels) => {
    cells.of(labels).sum += amount;
  };
}

/** Observes one value under these labels. */
export type Distribution = (value: number, ...labels: readonly string[]) => void;

/** A histogram for every request, in the same way: prom-client's own makes texts of its bounds for each value. */
export function createDistribution(config: TallyConfig & { readonly buckets: readonly number[] }): Distribution {
  const { name, help, labelNames = [], buckets, registry } = config;
  const cells = createCells(() => ({ sum: 0, counts: new Float64Array(buckets.length + 1) }));
  if (labelNames.length === 0) cells.of([]);

  /** Each bucket counts what is in those below it, too. */
  function valuesOf(labels: readonly string[], { sum, counts }: { sum: number; counts: Float64Array }) {
    const own = named(labelNames, labels);
    let count = 0;
    const values = [...counts].map((here, at) => {
      count += here;
      return { metricName: `${name}_bucket`, labels: { le: buckets[at] ?? "+Inf", ...own }, value: count };
    });
    return [
      ...values,
      { metricName: `${name}_sum`, labels: own, value: sum },
      { metricName: `${name}_count`, labels: own, value: count },
    ];
  }

  const metric = {
    name,
    get: async () => ({
      name,
      help,
      type: "histogram",
      aggregator: "sum",
      values: cells.all().flatMap(({ labels, cell }) => valuesOf(labels, cell)),
    }),
    reset: () => cells.clear(),
  };
  // All that a registry asks of a metric.
  registry.registerMetric(metric as unknown as Metric);
  return (value, ...labels) => {
    const cell = cells.of(labels);
    let at = 0;
    while (at < buckets.length && value > buckets[at]!) at++;
    cell.counts[at]!++;
    cell.sum += value;
  };
}

interface Labelled<Cell> {
  readonly labels: readonly string[];
  readonly cell: Cell;
}

/** One cell for each set of labels that was ever used; their number is bounded by who says the labels. */
function createCells<Cell>(fresh: () => Cell) {
  const known = new Map<string, Labelled<Cell>>();
  return {
    of(labels: readonly string[]): Cell {
      const key = labels.length === 1 ? labels[0]! : labels.join("\n");
      const found = known.get(key);
      if (found !== undefined) return found.cell;
      const made = { labels, cell: fresh() };
      known.set(key, made);
      return made.cell;
    },
    all: (): readonly Labelled<Cell>[] => [...known.values()],
    clear: () => known.clear(),
  };
}

function named(names: readonly string[], labels: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, at) => [name, labels[at]!]));
}
