import type { IncomingHttpHeaders } from "node:http";
import type { AdminKey } from "./admin-key.ts";
import { DEMO_KEY } from "./demo.ts";
import { ApiError } from "./errors.ts";
import { isSecretOfOurs } from "./keys/key-secret.ts";
import type { Keys } from "./keys/keys.ts";
import type { OpenedKey, VirtualKey } from "./keys/virtual-key.ts";
import type { Settings } from "./settings.ts";

/** Who is calling. `keyId` is null for a caller of whom no key was asked. */
export interface Caller {
  readonly kind: "admin" | "demo" | "anonymous" | "key";
  readonly keyId: string | null;
  /** Who owns the key; null where it does not say. */
  readonly tenant: string | null;
  readonly team: string | null;
  readonly user: string | null;
  readonly tags: readonly string[];
  /** What the key may do; null for a caller without a virtual key, who is not limited by one. */
  readonly key: VirtualKey | null;
}

const NOTHING = { tenant: null, team: null, user: null, tags: [], key: null } as const;
export const ADMIN: Caller = { ...NOTHING, kind: "admin", keyId: "admin" };
const DEMO: Caller = { ...NOTHING, kind: "demo", keyId: "demo" };
export const ANONYMOUS: Caller = { ...NOTHING, kind: "anonymous", keyId: null };

export interface CallerDeps {
  readonly settings: Settings;
  readonly adminKey: AdminKey;
  readonly keys: Keys;
  readonly nowMs: number;
}

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
 * Who may use the gateway. Where no key is asked (demo, or `auth.required: false`) any key or none will do; one of ours
 * counts there too, with its limits.
 *
 * @throws ApiError `unauthorized`, `key_expired` or `key_disabled`
 */
export async function authenticate(key: string | null, deps: CallerDeps): Promise<Caller> {
  const { settings, adminKey, keys, nowMs } = deps;
  if (key !== null) {
    if (isSecretOfOurs(key)) {
      const found = keys.open(key);
      const opened = found instanceof Promise ? await found : found;
      if (opened !== null && opened.key.revokedAtMs === null) return ownerOf(opened, nowMs);
    }
    if (adminKey.matches(key)) return ADMIN;
  }
  if (settings.mode === "demo") return key === DEMO_KEY ? DEMO : ANONYMOUS;
  if (!settings.auth.required) return ANONYMOUS;
  throw new ApiError("unauthorized", key === null ? `no key was sent; ${HOW}` : `this key is not known; ${HOW}`);
}

function ownerOf({ key, secret }: OpenedKey, nowMs: number): Caller {
  if (key.isDisabled) throw new ApiError("key_disabled", "this key is disabled; ask whoever issued it to enable it");
  const endMs = Math.min(key.expiresAtMs ?? Number.POSITIVE_INFINITY, secret.expiresAtMs ?? Number.POSITIVE_INFINITY);
  if (nowMs >= endMs)
    throw new ApiError("key_expired", `this key expired at ${new Date(endMs).toISOString()}; a new one is needed`);
  const { keyId, tenant, team, user, tags } = key;
  return { kind: "key", keyId, tenant, team, user, tags, key };
}

/** @throws ApiError `unauthorized`, or `forbidden` for a known key that is not the operator's */
export async function authenticateAdmin(key: string | null, deps: CallerDeps): Promise<Caller> {
  if (key === null) throw new ApiError("unauthorized", `the admin key is needed; ${HOW}`);
  if (deps.adminKey.matches(key)) return ADMIN;
  if (deps.settings.mode === "demo" && key === DEMO_KEY)
    throw new ApiError("forbidden", "the demo key does not open /admin");
  if (isSecretOfOurs(key) && (await deps.keys.open(key)) !== null)
    throw new ApiError("forbidden", "a virtual key does not open /admin; the admin key does");
  throw new ApiError("unauthorized", "this is not the admin key (WEIR_ADMIN_KEY, or the one printed at first start)");
}

const HOW = "send it as `Authorization: Bearer <key>` or `x-weir-key: <key>`";

/** Own decisions, and all of them for the operator. Where no key is asked everyone is the same caller. */
export function maySee(caller: Caller, keyId: string | null): boolean {
  return caller.kind === "admin" || caller.keyId === keyId || keyId === null;
}
