import { Counter, Gauge, type Registry } from "prom-client";
import type { CacheState } from "./answer-cache.ts";

const NANO = 1e9;

/** How the cache stands; its numbers are read when somebody asks. */
export function registerCacheMetrics(registry: Registry, state: () => CacheState): void {
  const registers = [registry];
  new Counter({
    name: "weir_cache_requests_total",
    help: "Requests that could be cached: hit, semantic, semantic-shadow (compared, not served), miss, bypass",
    labelNames: ["outcome"],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(state().outcomes)) this.labels(outcome).inc(count);
    },
  });
  const sizes = (name: string, help: string, read: (now: CacheState) => readonly [memory: number, disk: number]) =>
    new Gauge({
      name,
      help,
      labelNames: ["tier"],
      registers,
      collect() {
        const [memory, disk] = read(state());
        this.labels("memory").set(memory);
        this.labels("disk").set(disk);
      },
    });
  sizes("weir_cache_entries", "Answers held", ({ memory, disk }) => [memory.entries, disk.entries]);
  sizes("weir_cache_bytes", "What the answers weigh", ({ memory, disk }) => [memory.bytes, disk.bytes]);
  new Gauge({
    name: "weir_cache_flights",
    help: "Upstream calls under way that identical requests share",
    registers,
    collect() {
      this.set(state().flights);
    },
  });
  const counters: readonly (readonly [name: string, help: string, read: (now: CacheState) => number])[] = [
    ["weir_cache_saved_usd_total", "What hits would have cost", (now) => now.savedNanoUsd / NANO],
    ["weir_cache_corrupt_total", "Damaged answers that were dropped", (now) => now.disk.corrupt],
    [
      "weir_cache_store_failures_total",
      "Reads and writes of the cache's storage that failed",
      (now) => now.disk.failures,
    ],
    ["weir_cache_dropped_total", "Answers not stored because too many waited", (now) => now.disk.dropped],
  ];
  for (const [name, help, read] of counters) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(state()));
      },
    });
  }
}
