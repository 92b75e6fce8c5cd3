import { dirname } from "node:path";
import { buildCatalogue, type Catalogue } from "./catalogue.ts";
import { ConfigError } from "./config.ts";
import { SIMULATED_PROVIDER } from "./demo.ts";
import { examineActive, examineRouter } from "./doctor-router.ts";
import { examineUpstreams, type UpstreamsAsked } from "./doctor-upstreams.ts";
import { type Finding, fault, hint, ok } from "./finding.ts";
import { openStorage } from "./open-storage.ts";
import type { Settings } from "./settings.ts";

export interface DoctorDeps {
  /** @throws ConfigError */
  readonly readSettings: () => Settings;
  readonly clock: () => number;
  /** Why nobody can listen there, as a code such as EADDRINUSE; null when one can. */
  readonly listenFault: (host: string, port: number) => Promise<string | null>;
  /** Bytes that are free where this folder is or will be; null when that cannot be told. */
  readonly freeBytes: (folder: string) => number | null;
  /** Asks every upstream for its models; null asks none. */
  readonly online: UpstreamsAsked | null;
}

/** Providers that serve without a key. */
const KEYLESS = new Set([SIMULATED_PROVIDER, "openai-compatible", "ollama", "vllm"]);
/** Options of providers that stand for a key. */
const PROOFS = ["accessKeyId", "serviceAccount", "accessToken"];
/** Less room than this is worth a word. */
const LITTLE_BYTES = 512 * 1024 * 1024;

function mendingOf(message: string): string {
  if (message.includes("no such file")) return "`weir init --out <file>` writes one from the keys in the environment";
  return "correct it in weir.yaml; .env.example lists the variables";
}

/** Looks at everything that a server needs to start, and goes on after a fault where it can. */
export async function examine(deps: DoctorDeps): Promise<readonly Finding[]> {
  const { clock } = deps;
  let settings: Settings;
  try {
    settings = deps.readSettings();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) =>
      fault("config", `${path || "the file"}: ${message}`, mendingOf(message)),
    );
  }
  const catalogue = buildCatalogue(settings, new Date(clock()));
  return [
    ok("config", settings.configPath ?? "no weir.yaml: demo mode, upstreams are simulated"),
    ...settings.notices.map((notice) => hint("config", notice, null)),
    ...examineKeys(settings),
    ...examinePrices(catalogue, settings),
    ...(await examineStorage(settings, deps.freeBytes)),
    ...(await examinePort(settings, deps.listenFault)),
    ...(await examineRouter(settings, catalogue)),
    ...(await examineActive(settings, clock())),
    ...(deps.online === null ? [] : await examineUpstreams(settings, catalogue, deps.online)),
  ];
}

function examineKeys(settings: Settings): Finding[] {
  const findings: Finding[] = [];
  for (const [name, { provider, apiKey = "", apiKeys = [], options = {} }] of Object.entries(settings.upstreams)) {
    const isSigned = PROOFS.some((option) => options[option] !== undefined);
    if (KEYLESS.has(provider) || apiKey !== "" || apiKeys.length > 0 || isSigned) continue;
    const mend = `set upstreams.${name}.apiKey, e.g. "\${${provider.toUpperCase().replaceAll("-", "_")}_API_KEY}"`;
    findings.push(hint("keys", `upstream "${name}" has no key: it can be routed to and not be called`, mend));
  }
  if (settings.adminKey === null) {
    findings.push(hint("keys", "the admin key is the one printed at first start", "WEIR_ADMIN_KEY sets another"));
  }
  if (settings.mode === "configured" && !settings.auth.required) {
    const isLocal = ["127.0.0.1", "::1", "localhost"].includes(settings.server.host);
    const message = "auth.required is false: anyone who reaches the port is served";
    findings.push((isLocal ? hint : fault)("keys", message, "set auth.required: true, or listen on 127.0.0.1"));
  }
  return findings.length > 0 ? findings : [ok("keys", "every upstream has a key")];
}

function examinePrices({ candidates, alerts }: Catalogue, { gateway }: Settings): Finding[] {
  if (alerts.length === 0) return [ok("prices", `all ${candidates.length} candidates have a price`)];
  return alerts.map(({ path, message }) => {
    if (gateway.whenUnpriced === "refuse") return fault("prices", `${path}: it may not answer`, message);
    return hint("prices", `${path}: its cost is not counted`, message);
  });
}

async function examineStorage({ storage: { url } }: Settings, freeBytes: DoctorDeps["freeBytes"]): Promise<Finding[]> {
  try {
    const storage = await openStorage(url);
    await storage.check();
    await storage.close();
    const free = url.startsWith("sqlite:") && !url.endsWith(":memory:") ? freeBytes(dirname(url.slice(7))) : null;
    if (free === null || free >= LITTLE_BYTES) return [ok("storage", `${url} can be written`)];
    const message = `${url} can be written, but only ${Math.floor(free / 2 ** 20)} MB are free there`;
    return [hint("storage", message, "make room: records wait in the journal until log.maxJournalMb is full")];
  } catch (error) {
    return [
      fault(
        "storage",
        `${url}: ${(error as Error).message}`,
        "give the process a folder that it may write and that has room, in storage.url",
      ),
    ];
  }
}

/** Port 0 is any that is free. */
async function examinePort({ server: { host, port } }: Settings, listenFault: DoctorDeps["listenFault"]) {
  if (port === 0) return [];
  const code = await listenFault(host, port);
  if (code === null) return [ok("port", `${host}:${port} is free`)];
  if (code === "EADDRINUSE") {
    const mend = "it is well if that is Weir itself (GET /healthz says so); else choose another with --port";
    return [hint("port", `${host}:${port} is in use`, mend)];
  }
  const mend =
    code === "EACCES" ? "ports under 1024 need rights: choose another" : "server.host names an address of this machine";
  return [fault("port", `nobody can listen on ${host}:${port} (${code})`, mend)];
}
