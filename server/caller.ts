import type { IncomingHttpHeaders } from "node:http";
import type { AdminKey } from "./admin-key.ts";
import { DEMO_KEY } from "./demo.ts";
import { ApiError } from "./errors.ts";
import type { Settings } from "./settings.ts";

/** Who is calling. `keyId` is null for a caller of whom no key was asked. */
export interface Caller {
  readonly kind: "admin" | "demo" | "anonymous";
  readonly keyId: string | null;
}

const ADMIN: Caller = { kind: "admin", keyId: "admin" };
const DEMO: Caller = { kind: "demo", keyId: "demo" };
const ANONYMOUS: Caller = { kind: "anonymous", keyId: null };

/** The key wherever clients put theirs: `x-weir-key`, bearer, `x-api-key`, `x-goog-api-key` or `?key=`. */
export function keyOf(headers: IncomingHttpHeaders, query: unknown): string | null {
  const { authorization } = headers;
  const bearer = authorization?.match(/^Bearer\s+(\S+)\s*$/i)?.[1];
  const named = headers["x-weir-key"] ?? bearer ?? headers["x-api-key"] ?? headers["x-goog-api-key"];
  if (typeof named === "string" && named !== "") return named;
  const inQuery = (query as { key?: unknown } | null)?.key;
  return typeof inQuery === "string" && inQuery !== "" ? inQuery : null;
}

/**
 * Who may ask for decisions. Where no key is asked (demo, or `auth.required: false`) any key or none will do.
 *
 * @throws ApiError `unauthorized`
 */
export function authenticate(key: string | null, settings: Settings, adminKey: AdminKey): Caller {
  if (key !== null && adminKey.matches(key)) return ADMIN;
  if (settings.mode === "demo") return key === DEMO_KEY ? DEMO : ANONYMOUS;
  if (!settings.auth.required) return ANONYMOUS;
  throw new ApiError("unauthorized", key === null ? `no key was sent; ${HOW}` : `this key is not known; ${HOW}`);
}

/** @throws ApiError `unauthorized`, or `forbidden` for a known key that is not the operator's */
export function authenticateAdmin(key: string | null, settings: Settings, adminKey: AdminKey): Caller {
  if (key === null) throw new ApiError("unauthorized", `the admin key is needed; ${HOW}`);
  if (adminKey.matches(key)) return ADMIN;
  if (settings.mode === "demo" && key === DEMO_KEY)
    throw new ApiError("forbidden", "the demo key does not open /admin");
  throw new ApiError("unauthorized", "this is not the admin key (WEIR_ADMIN_KEY, or the one printed at first start)");
}

const HOW = "send it as `Authorization: Bearer <key>` or `x-weir-key: <key>`";

/** Own decisions, and all of them for the operator. Where no key is asked everyone is the same caller. */
export function maySee(caller: Caller, keyId: string | null): boolean {
  return caller.kind === "admin" || caller.keyId === keyId || keyId === null;
}
