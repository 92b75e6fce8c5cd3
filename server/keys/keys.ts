import { timingSafeEqual } from "node:crypto";
import { ApiError } from "../errors.ts";
import type { NewId } from "../ids.ts";
import type { Limits } from "../limits/limits.ts";
import { hashOfSecret, newSecret, prefixOfSecret } from "./key-secret.ts";
import type { KeyStore } from "./key-store.ts";
import type { KeySecret, OpenedKey, VirtualKey } from "./virtual-key.ts";

/** What an operator says of a key. */
export interface KeyFields {
  readonly name: string;
  readonly tenant: string | null;
  readonly team: string | null;
  readonly user: string | null;
  readonly routes: readonly string[] | null;
  readonly models: readonly string[] | null;
  readonly tags: readonly string[];
  readonly limits: Limits;
  readonly expiresAtMs: number | null;
  readonly isDisabled: boolean;
}

/** A key with a secret that is shown this once. */
export interface IssuedKey {
  readonly key: VirtualKey;
  readonly secret: string;
}

export interface KeysDeps {
  readonly store: KeyStore;
  readonly clock: () => number;
  readonly newKeyId: NewId;
  /** Before a key is used that this process did not know: what was made before the key must be known too. */
  readonly onLoad?: () => Promise<void>;
}

/** Issues virtual keys and finds them again by their secret, from memory where it can. */
export interface Keys {
  /** null when no key has this secret; expired, disabled and revoked ones are found. */
  open(secret: string): OpenedKey | null | Promise<OpenedKey | null>;
  create(fields: KeyFields): Promise<IssuedKey>;
  /** @throws ApiError `unknown_key` */
  update(keyId: string, fields: Partial<KeyFields>): Promise<VirtualKey>;
  /** Takes effect at once here and within a second in other processes. @throws ApiError `unknown_key` */
  revoke(keyId: string): Promise<VirtualKey>;
  /** A new secret; the old ones go on for `overlapMs`. @throws ApiError `unknown_key` */
  rotate(keyId: string, overlapMs: number): Promise<IssuedKey>;
  /** @throws ApiError `unknown_key` */
  find(keyId: string): Promise<VirtualKey>;
  list(page: { readonly after: string | null; readonly limit: number }): Promise<readonly VirtualKey[]>;
  secretsOf(keyId: string): Promise<readonly KeySecret[]>;
  /** Forgets what is cached when another process changed a key. */
  refresh(): Promise<void>;
}

const MOST_CACHED = 10_000;

export function createKeys({ store, clock, newKeyId, onLoad }: KeysDeps): Keys {
  /** By hash, oldest use first. */
  const cache = new Map<string, OpenedKey>();
  let revision = -1;
  /** Counts what was forgotten, so that a lookup under way does not bring back an old state. */
  let forgotten = 0;

  function forget(): void {
    forgotten++;
    cache.clear();
  }

  async function look(hash: Buffer, name: string): Promise<OpenedKey | null> {
    const before = forgotten;
    const opened = await store.findByHash(hash);
    if (opened === null || !timingSafeEqual(opened.secret.hash, hash)) return null;
    await onLoad?.();
    if (before === forgotten) {
      if (cache.size >= MOST_CACHED) cache.delete(cache.keys().next().value!);
      cache.set(name, opened);
    }
    return opened;
  }

  async function find(keyId: string): Promise<VirtualKey> {
    const key = await store.find(keyId);
    if (key !== null && key.revokedAtMs === null) return key;
    throw new ApiError("unknown_key", `there is no key ${keyId}; GET /admin/keys lists them`);
  }

  async function change(keyId: string, fields: Partial<VirtualKey>): Promise<VirtualKey> {
    const changed = { ...(await find(keyId)), ...fields, updatedAtMs: clock() };
    await store.update(changed);
    forget();
    return changed;
  }

  function issue(keyId: string): { secret: string; kept: KeySecret } {
    const secret = newSecret();
    const kept = { keyId, hash: hashOfSecret(secret), prefix: prefixOfSecret(secret), createdAtMs: clock() };
    return { secret, kept: { ...kept, expiresAtMs: null } };
  }

  return {
    open(secret) {
      const hash = hashOfSecret(secret);
      const name = hash.toString("latin1");
      const cached = cache.get(name);
      return cached !== undefined && timingSafeEqual(cached.secret.hash, hash) ? cached : look(hash, name);
    },
    async create(fields) {
      const nowMs = clock();
      const keyId = newKeyId();
      const key = { ...fields, keyId, revokedAtMs: null, createdAtMs: nowMs, updatedAtMs: nowMs };
      const { secret, kept } = issue(keyId);
      await store.insert(key, kept);
      return { key, secret };
    },
    update: change,
    revoke: (keyId) => change(keyId, { revokedAtMs: clock() }),
    async rotate(keyId, overlapMs) {
      const key = await find(keyId);
      const { secret, kept } = issue(keyId);
      await store.rotate(kept, clock() + overlapMs);
      forget();
      return { key, secret };
    },
    find,
    list: (page) => store.list(page),
    secretsOf: (keyId) => store.secretsOf(keyId),
    async refresh() {
      const found = await store.revision();
      if (found === revision) return;
      revision = found;
      forget();
    },
  };
}
