import { randomInt } from "node:crypto";
import pino, { type Logger } from "pino";
import type { Policies } from "../engine/ready-policy.ts";
import { seededRng } from "../engine/rng.ts";
import { type ConfigFlags, configPathOf, processEnvironment, readSettings, settingsFrom } from "./config.ts";
import { loadBackends } from "./config-backends.ts";
import { ApiError } from "./errors.ts";
import { loadProviders, type Service, startService } from "./service.ts";
import { maskedSettings, type Settings } from "./settings.ts";
import { welcome } from "./welcome.ts";

/** Runs as long as requests may take to end after a signal. */
const CLOSE_LIMIT_MS = 10_000;

export interface RunningServer {
  readonly service: Service;
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * The process: reads the configuration, builds, listens, and closes on SIGINT and SIGTERM.
 *
 * @throws ConfigError with every problem, or ApiError when storage or port cannot be had
 */
export async function serve(flags: ConfigFlags, policies: Policies): Promise<RunningServer> {
  const environment = processEnvironment();
  const [providers, backends] = await Promise.all([loadProviders(), loadBackends()]);
  const configPath = configPathOf(flags, environment);
  const read = (text?: string): Settings =>
    text === undefined
      ? readSettings(flags, environment, policies, providers, backends)
      : settingsFrom(text, configPath, flags, environment, policies, providers, backends);
  const settings = read();
  const log = createLog(settings);
  log.info({ settings: maskedSettings(settings) }, "effective configuration");
  for (const notice of settings.notices) log.warn(notice);
  const service = await startService(settings, {
    readSettings: read,
    configPath,
    policies,
    log,
    clock: Date.now,
    rng: seededRng(randomInt(2 ** 32)),
    isAlone: true,
  });
  if (service.freshAdminKey !== null) printOnce(service.freshAdminKey);
  const address = await listen(service, settings);
  log.info({ address, router: service.routers.identity, startMs: Math.round(performance.now()) }, "ready");
  if (process.stderr.isTTY) process.stderr.write(welcome(settings, address));
  const close = closeOnce(service, log);
  onSignals(service, close);
  return { service, address, close };
}

function createLog({ server }: Settings): Logger {
  return pino({
    level: server.logLevel,
    redact: [
      "req.headers.authorization",
      'req.headers["x-api-key"]',
      'req.headers["x-weir-key"]',
      'req.headers["x-goog-api-key"]',
      "req.headers.cookie",
    ],
    // A query may hold a key.
    serializers: {
      err: pino.stdSerializers.err,
      req: ({ method, url }: { method?: string; url?: string }) => ({ method, path: url?.split("?")[0] }),
    },
  });
}

async function listen(service: Service, { server }: Settings): Promise<string> {
  try {
    return await service.app.listen({ host: server.host, port: server.port });
  } catch (cause) {
    await service.close();
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE" && code !== "EACCES" && code !== "EADDRNOTAVAIL" && code !== "ENOTFOUND") throw cause;
    const message = `cannot listen on ${server.host}:${server.port}: ${(cause as Error).message}; choose another with --port`;
    throw new ApiError("cannot_listen", message, { place: "server.port", cause });
  }
}

function closeOnce(service: Service, log: Logger): () => Promise<void> {
  let closing: Promise<void> | null = null;
  return () => {
    closing ??= service.close().then(() => log.info("closed"));
    return closing;
  };
}

function onSignals(service: Service, close: () => Promise<void>): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // A second signal, or requests that do not end, must not keep the process.
      setTimeout(() => process.exit(1), CLOSE_LIMIT_MS).unref();
      process.once(signal, () => process.exit(1));
      close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
  process.on("SIGHUP", () => void service.reload().catch(() => {}));
}

/** To the terminal and not to the log, which is kept and shipped. */
function printOnce(adminKey: string): void {
  process.stderr.write(
    `\nAdmin key (made now, shown this once, stored as a hash; WEIR_ADMIN_KEY replaces it):\n  ${adminKey}\n\n`,
  );
}
