import fp from "fastify-plugin";
import type { AdminKey } from "../admin-key.ts";
import { ANONYMOUS, authenticate, authenticateAdmin, type Caller, keyOf } from "../caller.ts";
import type { Keys } from "../keys/keys.ts";
import type { Access } from "../operation.ts";
import type { Settings } from "../settings.ts";

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller;
  }
}

export interface AccessOptions {
  readonly settings: () => Settings;
  readonly adminKey: AdminKey;
  readonly keys: Keys;
  readonly clock: () => number;
}

/**
 * Guards every route by what its operation says. A route without an operation cannot be registered, so none can be
 * left open by forgetting to guard it.
 */
export const accessPlugin = fp<AccessOptions>(
  async (app, { settings, adminKey, keys, clock }) => {
    const guards: Record<Exclude<Access, "public">, typeof authenticate> = {
      key: authenticate,
      admin: authenticateAdmin,
    };
    app.decorateRequest("caller");
    app.addHook("onRoute", ({ method, url, config }) => {
      if (config?.operation === undefined) throw new Error(`route ${String(method)} ${url} has no operation`);
    });
    app.addHook("onRequest", async (request) => {
      const { access, keyIn } = request.routeOptions.config?.operation ?? {};
      if (access === undefined || access === "public") {
        request.caller = ANONYMOUS;
        return;
      }
      const deps = { settings: settings(), adminKey, keys, nowMs: clock() };
      const key = keyIn === undefined ? keyOf(request.headers, request.query) : headerKey(request.headers[keyIn]);
      request.caller = await guards[access](key, deps);
    });
  },
  { name: "access", dependencies: ["errors"] },
);

function headerKey(value: string | string[] | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
