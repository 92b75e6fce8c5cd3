import { pathToFileURL } from "node:url";
import { resolveModel } from "../engine/aliases.ts";
import { type Artifact, openArtifact } from "../engine/artifact.ts";
import { probeBatch } from "../engine/graph/agreement.ts";
import type { Catalogue } from "./catalogue.ts";
import { type Finding, fault, hint, ok } from "./finding.ts";
import { openStorage } from "./open-storage.ts";
import { locate, modelsFolder } from "./router-service.ts";
import { openRouterStore } from "./router-store.ts";
import type { Settings } from "./settings.ts";

/** Whether the router opens and scores as it should, and which of the routes' candidates it knows. */
export async function examineRouter(settings: Settings, catalogue: Catalogue): Promise<Finding[]> {
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
    const { features, models } = manifest;
    // The first batch holds what serves against onnxruntime, which a start does not load.
    await artifact.scorer.score(probeBatch({ features, modelCount: models.length }));
    return [
      ok(
        "router",
        `${manifest.name} ${manifest.version} (${manifest.tier}) opens and scores, ${models.length} trained models`,
      ),
      ...examineCandidates(settings, catalogue, artifact),
    ];
  } catch (error) {
    return [fault("router", `${location.path}: ${(error as Error).message}`, "train it again")];
  } finally {
    await artifact.close();
  }
}

/** Active routes that stay on their incumbent, because nothing allows them to leave it. What binds a certificate the server checks. */
export async function examineActive({ routes, storage: { url } }: Settings, nowMs: number): Promise<Finding[]> {
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
    const message = `route "${name}" has fewer than two candidates that the router knows: its incumbent serves all`;
    return [...findings, (route.mode === "active" ? fault : hint)("router", message, mend)];
  });
}
