import { pathToFileURL } from "node:url";
import { resolveModel } from "../engine/aliases.ts";
import { type Artifact, openArtifact } from "../engine/artifact.ts";
import { buildCatalogue, type Catalogue } from "./catalogue.ts";
import { ConfigError } from "./config.ts";
import { SIMULATED_PROVIDER } from "./demo.ts";
import { openStorage } from "./open-storage.ts";
import { locate, modelsFolder } from "./router-service.ts";
import { openRouterStore } from "./router-store.ts";
import type { Settings } from "./settings.ts";

/** One thing looked at. `fault` keeps Weir from doing its work; `hint` is worth knowing. */
export interface Finding {
  readonly part: "config" | "keys" | "prices" | "storage" | "router" | "routes";
  readonly level: "ok" | "hint" | "fault";
  readonly message: string;
  /** How to mend it. */
  readonly mend: string | null;
}

export interface DoctorDeps {
  /** @throws ConfigError */
  readonly readSettings: () => Settings;
  readonly clock: () => number;
}

/** Providers that serve without a key. */
const KEYLESS = new Set([SIMULATED_PROVIDER, "openai-compatible", "ollama", "vllm"]);

function mendingOf(message: string): string {
  if (message.includes("no such file")) return "`weir init --out <file>` writes one from the keys in the environment";
  return "correct it in weir.yaml; .env.example lists the variables";
}

/** Looks at everything that a server needs to start, and goes on after a fault where it can. */
export async function examine({ readSettings, clock }: DoctorDeps): Promise<readonly Finding[]> {
  let settings: Settings;
  try {
    settings = readSettings();
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
    ...examinePrices(catalogue),
    ...(await examineStorage(settings)),
    ...(await examineRouter(settings, catalogue)),
    ...(await examineActive(settings, clock())),
  ];
}

function examineKeys(settings: Settings): Finding[] {
  const findings: Finding[] = [];
  for (const [name, { provider, apiKey }] of Object.entries(settings.upstreams)) {
    if (KEYLESS.has(provider) || (apiKey !== undefined && apiKey !== "")) continue;
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

function examinePrices({ candidates, alerts }: Catalogue): Finding[] {
  if (alerts.length === 0) return [ok("prices", `all ${candidates.length} candidates have a price`)];
  return alerts.map(({ path, message }) => fault("prices", path, message));
}

async function examineStorage({ storage: { url } }: Settings): Promise<Finding[]> {
  try {
    const storage = await openStorage(url);
    await storage.check();
    await storage.close();
    return [ok("storage", `${url} can be written`)];
  } catch (error) {
    return [
      fault(
        "storage",
        `${url}: ${(error as Error).message}`,
        "give the process a folder that it may write, in storage.url",
      ),
    ];
  }
}

async function examineRouter(settings: Settings, catalogue: Catalogue): Promise<Finding[]> {
  const location = locate(settings, openRouterStore(modelsFolder(settings)));
  if ("fault" in location)
    return [fault("router", location.fault, "train one with `weir train`, or set router.models")];
  let artifact: Artifact;
  try {
    artifact = await openArtifact(pathToFileURL(`${location.path}/`));
  } catch (error) {
    const mend = "promote another version with `weir routers promote`, or train it again";
    return [fault("router", `${location.path}: ${(error as Error).message}`, mend)];
  }
  try {
    const { manifest } = artifact;
    return [
      ok(
        "router",
        `${manifest.name} ${manifest.version} (${manifest.tier}) opens, ${manifest.models.length} trained models`,
      ),
      ...examineCandidates(settings, catalogue, artifact),
    ];
  } finally {
    await artifact.close();
  }
}

/** Active routes that stay on their incumbent, because nothing allows them to leave it. What binds a certificate the server checks. */
async function examineActive({ routes, storage: { url } }: Settings, nowMs: number): Promise<Finding[]> {
  const isAsked = ([, { mode, activation }]: [string, Settings["routes"][string]]) =>
    mode === "active" && activation?.override === undefined;
  const active = Object.entries(routes).filter(isAsked);
  if (active.length === 0) return [];
  const storage = await openStorage(url).catch(() => null); // said above
  if (storage === null) return [];
  try {
    return active.map(([name]) => {
      const newest = storage.activations.certificates(name, 1)[0];
      if (storage.activations.read(name).killed !== null) {
        return hint("routes", `route "${name}" is killed`, "POST /admin/activation/resume takes it back");
      }
      if (newest === undefined) {
        const mend = "certify it with `weir certify --route`, or say why not in activation.override";
        return hint("routes", `route "${name}" is active without a certificate: it stays on its incumbent`, mend);
      }
      const { expires_at } = newest.certificate;
      const why = newest.alarms[0] ?? (nowMs < Date.parse(expires_at) ? null : `it held until ${expires_at}`);
      if (why === null) return ok("routes", `route "${name}" has a certificate until ${expires_at}`);
      return hint("routes", `the certificate of route "${name}" is void: ${why}`, "observe and certify it anew");
    });
  } finally {
    await storage.close();
  }
}

/** A candidate that no trained model stands for is never chosen by score. */
function examineCandidates({ routes }: Settings, { candidates }: Catalogue, { manifest }: Artifact): Finding[] {
  const unknown = new Set(
    candidates.filter((one) => resolveModel(one, manifest) === null).map((one) => one.candidateId),
  );
  return Object.entries(routes).flatMap(([name, route]) => {
    const usable = [...new Set([route.incumbent, ...route.candidates])].filter((id) => !unknown.has(id));
    const strange = route.candidates.filter((id) => unknown.has(id));
    const findings = strange.map((id) =>
      hint(
        "router",
        `route "${name}": the router knows no model like ${id}, so it never chooses it`,
        `set "resembles" on candidate ${id}`,
      ),
    );
    if (usable.length >= 2) return findings;
    const mend = "give its candidates a `resembles`, or train a router on their own outcomes";
    return [...findings, fault("router", `route "${name}" has fewer than two candidates that the router knows`, mend)];
  });
}

function ok(part: Finding["part"], message: string): Finding {
  return { part, level: "ok", message, mend: null };
}

function hint(part: Finding["part"], message: string, mend: string | null): Finding {
  return { part, level: "hint", message, mend };
}

function fault(part: Finding["part"], message: string, mend: string | null): Finding {
  return { part, level: "fault", message, mend };
}
