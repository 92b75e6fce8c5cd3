/** CPU seconds and memory of this process, in the form of Weir's own /metrics. */
export function ownMetrics(): string {
  const { user, system } = process.cpuUsage();
  return `process_cpu_seconds_total ${(user + system) / 1e6}\nprocess_resident_memory_bytes ${process.memoryUsage.rss()}\n`;
}
