import type { FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import type { AdminKey } from "../admin-key.ts";
import type { AdminSessions } from "../admin-session.ts";
import { ADMIN, ANONYMOUS, authenticate, authenticateAdmin, type Caller, keyOf } from "../caller.ts";
import { ApiError } from "../errors.ts";
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
  readonly sessions: AdminSessions;
  readonly keys: Keys;
  readonly clock: () => number;
}

/**
 * Guards every route by what its operation says. A route without an operation cannot be registered, so none can be
 * left open by forgetting to guard it.
 */
export const accessPlugin = fp<AccessOptions>(
  async (app, { settings, adminKey, sessions, keys, clock }) => {
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
      request.caller =
        key === null && sessions.holds(request.headers.cookie) ? operator(request) : await guards[access](key, deps);
    });
  },
  { name: "access", dependencies: ["errors"] },
);

const SAFE_METHODS = new Set(["GET", "HEAD"]);

/** Another site's form cannot send the header, so what changes something was asked by our own page. */
function operator({ method, headers }: FastifyRequest): Caller {
  if (SAFE_METHODS.has(method) || headers["x-weir-csrf"] !== undefined) return ADMIN;
  throw new ApiError("forbidden", "a request with the dashboard's cookie that changes something needs x-weir-csrf: 1");
}

function headerKey(value: string | string[] | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
