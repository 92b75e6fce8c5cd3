import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../engine/package-root.ts";
import type { DecisionRouter } from "./decision-router.ts";
import { ApiError } from "./errors.ts";
import { openRouterStore, type Promotion, type RouterStore } from "./router-store.ts";
import type { Settings } from "./settings.ts";

/** Makes the router of a configuration; `folder` is the artifact's, or why there is none. */
export type OpenRouter = (
  settings: Settings,
  folder: { readonly path: string } | { readonly fault: string },
) => Promise<DecisionRouter>;

/** Holds the router that decides now, and exchanges it without a request noticing. */
export interface RouterService {
  /** Take it once a request: it stays usable until that request is done. */
  readonly current: DecisionRouter;
  readonly store: RouterStore;
  /** Opens the router of `settings` and then swaps; the old one serves until the new one is ready, and on when it fails. */
  reload(settings: Settings): Promise<void>;
  /** Opens again only when another version is promoted than the one that serves. */
  followPromotion(): Promise<boolean>;
  /** Checks that the version opens, points to it and serves it. */
  promote(name: string, version: string): Promise<Promotion>;
  rollback(name: string): Promise<Promotion>;
  close(): Promise<void>;
}

export interface RouterServiceDeps {
  readonly openRouter: OpenRouter;
  readonly onFault: (error: unknown, message: string) => void;
}

/** @throws whatever `openRouter` throws: at start there is no older router to go on with */
export async function createRouterService(initial: Settings, deps: RouterServiceDeps): Promise<RouterService> {
  const { openRouter, onFault } = deps;
  let settings = initial;
  let store = openRouterStore(modelsFolder(settings));
  let current = await openRouter(settings, artifactFolder(settings, store));
  let served = servedVersion();
  /** Exchanges run one after another, so that the last one asked for is the one that serves. */
  let exchange: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = exchange.then(work);
    exchange = turn.catch(() => {});
    return turn;
  }

  function servedVersion(): string | null {
    const folder = artifactFolder(settings, store);
    return "path" in folder ? folder.path : null;
  }

  function swap(next: DecisionRouter): void {
    const old = current;
    current = next;
    served = servedVersion();
    old.close().catch((error) => onFault(error, "the old router did not close"));
  }

  async function reopen(): Promise<void> {
    swap(await openRouter(settings, artifactFolder(settings, store)));
  }

  async function switchTo(name: string, version: string, point: () => Promotion): Promise<Promotion> {
    const isServed = name === settings.router.name && settings.router.path === undefined;
    const opened = await openRouter(settings, { path: store.folderOf(name, version) });
    try {
      const promotion = point();
      if (isServed) swap(opened);
      else await opened.close();
      return promotion;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  return {
    get current() {
      return current;
    },
    get store() {
      return store;
    },
    reload: (next) =>
      inTurn(async () => {
        const nextStore = openRouterStore(modelsFolder(next));
        const opened = await openRouter(next, artifactFolder(next, nextStore));
        settings = next;
        store = nextStore;
        swap(opened);
      }),
    followPromotion: () =>
      inTurn(async () => {
        if (servedVersion() === served) return false;
        await reopen();
        return true;
      }),
    promote: (name, version) => inTurn(() => switchTo(name, version, () => store.promote(name, version))),
    rollback: (name) =>
      inTurn(async () => {
        const { previous } = store.show(name);
        if (previous === null) return store.rollback(name);
        return switchTo(name, previous, () => store.rollback(name));
      }),
    close: () => inTurn(() => current.close()),
  };
}

/** Where router families lie: configured, or those shipped with Weir. */
export function modelsFolder({ router }: Pick<Settings, "router">): string {
  return router.models === undefined ? fileURLToPath(new URL("models/", packageRoot)) : resolve(router.models);
}

/** The artifact to serve: the configured folder, else the promoted or newest version of the named family. */
function artifactFolder(settings: Settings, store: RouterStore): { path: string } | { fault: string } {
  if (settings.router.path !== undefined) return { path: resolve(settings.router.path) };
  try {
    return { path: store.folderOf(settings.router.name) };
  } catch (error) {
    if (error instanceof ApiError) return { fault: error.message };
    throw error;
  }
}
