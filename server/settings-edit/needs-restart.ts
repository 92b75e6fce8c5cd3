import type { Settings } from "../settings.ts";

/** What a running process cannot exchange under its requests, such as a port or a database. */
const FIXED: Readonly<Record<string, (settings: Settings) => unknown>> = {
  "server.host": (settings) => settings.server.host,
  "server.port": (settings) => settings.server.port,
  "server.logRequests": (settings) => settings.server.logRequests,
  "gateway.bodyLimitBytes": (settings) => settings.gateway.bodyLimitBytes,
  "server.logLevel": (settings) => settings.server.logLevel,
  "storage.url": (settings) => settings.storage.url,
  "shared.url": (settings) => settings.shared.url,
  "log.url": (settings) => settings.log.url,
  "log.journal": (settings) => settings.log.journal,
  "log.maxJournalMb": (settings) => settings.log.maxJournalMb,
  "cache.memoryMb": (settings) => settings.cache.memoryMb,
  "cache.maxEntryKb": (settings) => settings.cache.maxEntryKb,
  traces: (settings) => JSON.stringify(settings.traces),
  "router.timeoutMs": (settings) => settings.router.timeoutMs,
};

/** Paths whose change takes effect at the next start. */
export const RESTART_PATHS: readonly string[] = Object.keys(FIXED);

/** Of those the ones in which two configurations differ. */
export function restartPaths(old: Settings, next: Settings): string[] {
  return Object.entries(FIXED)
    .filter(([, read]) => read(old) !== read(next))
    .map(([path]) => path);
}
