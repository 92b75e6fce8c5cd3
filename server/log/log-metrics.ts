import { Counter, Gauge, type Registry } from "prom-client";
import type { LogState } from "./request-log.ts";

/** How the log stands; its numbers are read when somebody asks. */
export function registerLogMetrics(registry: Registry, state: () => LogState): void {
  const registers = [registry];
  const gauges: readonly (readonly [name: string, help: string, read: (state: LogState) => number])[] = [
    ["weir_log_waiting_bytes", "Bytes of records that the log's database has not taken yet", (now) => now.waitingBytes],
    ["weir_log_writable", "1 while the record of a request would be kept", (now) => (now.isWritable ? 1 : 0)],
    [
      "weir_log_database_failing",
      "1 while the log's database takes nothing",
      (now) => (now.failingSinceMs === null ? 0 : 1),
    ],
  ];
  const counters: readonly (readonly [name: string, help: string, read: (state: LogState) => number])[] = [
    ["weir_log_records_total", "Records appended to the log's journal", (now) => now.appended],
    ["weir_log_written_total", "Records that the log's database has taken", (now) => now.written],
    ["weir_log_dropped_total", "Records lost: no place for them, or refused by the database", (now) => now.dropped],
    [
      "weir_log_failures_total",
      "Writes of journal and database that failed and were tried again",
      (now) => now.failures + now.journalFailures,
    ],
    ["weir_log_damaged_total", "Damaged stretches found in journals", (now) => now.damaged],
  ];
  for (const [name, help, read] of gauges) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(state()));
      },
    });
  }
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
