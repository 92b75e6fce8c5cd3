import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Artifact, openArtifact } from "../engine/artifact.ts";
import type { CascadePart } from "../engine/cascade/cascade-part.ts";
import type { Decision } from "../engine/decision.ts";
import { packageRoot } from "../engine/package-root.ts";
import type { Policies } from "../engine/ready-policy.ts";
import type { DecideRequest } from "../engine/request.ts";
import type { Rng } from "../engine/rng.ts";
import { createRouter, type Router, type RoutingConfig } from "../engine/router.ts";
import type { Manifest } from "../engine/schema/manifest.ts";
import { buildCatalogue, type Catalogue } from "./catalogue.ts";
import { ApiError } from "./errors.ts";
import { logSometimes, type WarnLog } from "./log-sometimes.ts";
import { missingArtifact } from "./missing-artifact.ts";
import { openRouterStore, type Promotion, type RouterStore } from "./router-store.ts";
import type { Settings } from "./settings.ts";
import { createTurns } from "./turns.ts";

/** The router that decides now, bound to configuration and models folder, and exchanged without a request noticing. */
export interface RouterService {
  /** @throws EngineError `invalid_request`, `unknown_model`, `unknown_policy`, `no_candidate` */
  decide(request: DecideRequest): Promise<Decision>;
  /** Tells the route's policy what a decided request cost in the end. */
  settle(decision: Decision, costNanoUsd: number): void;
  /** What the serving artifact knows of looking at answers; null for nothing. */
  readonly cascade: CascadePart | null;
  readonly identity: { readonly name: string; readonly version: string };
  /** Of the artifact that decides. */
  readonly manifest: Manifest;
  /** Why no artifact serves although one should; null when all is well. */
  readonly degraded: string | null;
  /** So many decisions may be asked for at once without waiting for each other past the scoring timeout. */
  readonly simultaneous: number;
  readonly catalogue: Catalogue;
  readonly store: RouterStore;
  /** Takes over new settings and the version promoted now. A fault throws and changes nothing. */
  reload(settings: Settings): Promise<void>;
  /** Serves the promoted version when it is another than the one that serves. */
  followPromotion(): Promise<boolean>;
  /** Checks that the version opens and fits the routes, points to it and serves it. */
  promote(name: string, version: string): Promise<Promotion>;
  rollback(name: string): Promise<Promotion>;
  close(): Promise<void>;
}

export interface RouterServiceDeps {
  readonly policies: Policies;
  readonly clock: () => number;
  readonly rng: Rng;
  readonly newDecisionId: () => string;
  readonly log: WarnLog & { error(fields: object, message: string): void };
}

const SIMULTANEOUS = 32;

/** At start a router that cannot be opened leaves the service degraded; later a fault keeps what serves. */
export async function createRouterService(initial: Settings, deps: RouterServiceDeps): Promise<RouterService> {
  const { policies, clock, rng, newDecisionId, log } = deps;
  const routerDeps = { policies, clock, rng, newId: newDecisionId, log: logSometimes(log, clock) };
  let settings = initial;
  let store = openRouterStore(modelsFolder(settings));
  let catalogue = catalogueOf(settings);
  let served = locate(settings, store);
  let degraded: string | null = null;
  const router = createRouter(
    { ...routerDeps, ...routingOf(settings, catalogue), artifact: await openOrMissing(served) },
    { scoreTimeoutMs: settings.router.timeoutMs, maxBatch: SIMULTANEOUS },
  );
  /** Exchanges run one after another, so that the last one asked for is the one that serves. */
  const inTurn = createTurns();

  function catalogueOf(next: Settings): Catalogue {
    return buildCatalogue(next, new Date(clock()));
  }

  async function openOrMissing(location: Location): Promise<Artifact> {
    try {
      const artifact = await openAt(location);
      degraded = null;
      return artifact;
    } catch (error) {
      degraded = error instanceof Error ? error.message : String(error);
      log.error({ err: error }, "no router is served: every route goes to its incumbent");
      return missingArtifact(degraded);
    }
  }

  /** Throws when artifact and configuration do not fit, before anything is exchanged. */
  function check(artifact: Artifact, routing: RoutingConfig): void {
    createRouter({ ...routerDeps, ...routing, artifact });
  }

  /** Rejects, and changes nothing, when the artifact does not fit the routes; does not wait for the old one to end. */
  async function swap(artifact: Artifact, location: Location): Promise<void> {
    const retired = router.swap(artifact);
    if (router.artifact !== artifact) return retired;
    served = location;
    degraded = null;
    retired.catch((error) => log.error({ err: error }, "the old router did not close"));
  }

  async function closingOnFault(artifact: Artifact, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await artifact.close();
      throw error;
    }
  }

  /** Opens first, points then, and serves last, so that a broken version is never pointed to. */
  async function switchTo(name: string, version: string, point: () => Promotion): Promise<Promotion> {
    const path = store.folderOf(name, version);
    if (name !== settings.router.name || settings.router.path !== undefined) {
      await (await openAt({ path })).close();
      return point();
    }
    const artifact = await openAt({ path });
    let promotion: Promotion | null = null;
    await closingOnFault(artifact, async () => {
      check(artifact, routingOf(settings, catalogue));
      promotion = point();
      await swap(artifact, { path });
    });
    return promotion!;
  }

  return {
    decide: (request) => router.decide(request),
    settle: (decision, costNanoUsd) => router.settle(decision, costNanoUsd),
    get cascade() {
      return router.artifact.cascade;
    },
    get manifest() {
      return router.artifact.manifest;
    },
    get identity() {
      const { name, version } = router.artifact.manifest;
      return { name, version };
    },
    get degraded() {
      return degraded;
    },
    get simultaneous() {
      return router.artifact.embedder === null ? SIMULTANEOUS : 1;
    },
    get catalogue() {
      return catalogue;
    },
    get store() {
      return store;
    },
    reload: (next) =>
      inTurn(async () => {
        const nextStore = openRouterStore(modelsFolder(next));
        const nextCatalogue = catalogueOf(next);
        const routing = routingOf(next, nextCatalogue);
        const location = locate(next, nextStore);
        const isSame = keyOf(location) === keyOf(served) && degraded === null;
        if (!isSame) {
          const artifact = await openAt(location).catch(orMissing(router, location));
          if (artifact !== router.artifact) {
            await closingOnFault(artifact, async () => {
              check(artifact, routing);
              await swap(artifact, location);
            });
          }
        }
        router.reconfigure(routing);
        settings = next;
        store = nextStore;
        catalogue = nextCatalogue;
      }),
    followPromotion: () =>
      inTurn(async () => {
        const location = locate(settings, store);
        if ("fault" in location || keyOf(location) === keyOf(served)) return false;
        const artifact = await openAt(location);
        await closingOnFault(artifact, () => swap(artifact, location));
        return true;
      }),
    promote: (name, version) => inTurn(() => switchTo(name, version, () => store.promote(name, version))),
    rollback: (name) =>
      inTurn(async () => {
        const { previous } = store.show(name);
        return previous === null ? store.rollback(name) : switchTo(name, previous, () => store.rollback(name));
      }),
    close: () => inTurn(() => router.close()),
  };
}

/** The artifact's folder, or why there is none. */
type Location = { readonly path: string } | { readonly fault: string };

function keyOf(location: Location): string {
  return "path" in location ? location.path : "";
}

async function openAt(location: Location): Promise<Artifact> {
  if ("fault" in location) throw new ApiError("unknown_router", location.fault, { place: "router" });
  return openArtifact(pathToFileURL(`${location.path}/`));
}

/** While nothing is served a reload may still change routes; once something is, a router that does not open is a fault. */
function orMissing(router: Router, location: Location): (error: unknown) => Artifact {
  return (error) => {
    if (router.artifact.manifest.models.length === 0 && "fault" in location) return router.artifact;
    throw error;
  };
}

function routingOf({ routes }: Settings, { candidates }: Catalogue): RoutingConfig {
  return { catalog: candidates, routes };
}

/** Where router families lie: configured, or those shipped with Weir. */
export function modelsFolder({ router }: Pick<Settings, "router">): string {
  return router.models === undefined ? fileURLToPath(new URL("models/", packageRoot)) : resolve(router.models);
}

/** The configured folder, else the promoted or newest version of the named family. */
export function locate(settings: Pick<Settings, "router">, store: RouterStore): Location {
  if (settings.router.path !== undefined) return { path: resolve(settings.router.path) };
  try {
    return { path: store.folderOf(settings.router.name) };
  } catch (error) {
    if (error instanceof ApiError) return { fault: error.message };
    throw error;
  }
}
