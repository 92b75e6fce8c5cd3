import type Database from "better-sqlite3";
import type { KeyStore } from "../../keys/key-store.ts";
import type { KeySecret, VirtualKey } from "../../keys/virtual-key.ts";
import type { Limits } from "../../limits/limits.ts";

interface KeyRow {
  key_id: string;
  name: string;
  tenant: string | null;
  team: string | null;
  user: string | null;
  routes: string | null;
  models: string | null;
  tags: string;
  limits: string;
  expires_at_ms: number | null;
  is_disabled: number;
  revoked_at_ms: number | null;
  created_at_ms: number;
  updated_at_ms: number;
}

interface SecretRow {
  key_id: string;
  hash: Buffer;
  prefix: string;
  created_at_ms: number;
  expires_at_ms: number | null;
}

export function keyStoreOver(database: Database.Database): KeyStore {
  const insertKey = database.prepare(`
    insert into virtual_keys (key_id, name, tenant, team, user, routes, models, tags, limits, expires_at_ms, is_disabled,
      revoked_at_ms, created_at_ms, updated_at_ms)
    values (@key_id, @name, @tenant, @team, @user, @routes, @models, @tags, @limits, @expires_at_ms, @is_disabled,
      @revoked_at_ms, @created_at_ms, @updated_at_ms)`);
  const updateKey = database.prepare(`
    update virtual_keys set name = @name, tenant = @tenant, team = @team, user = @user, routes = @routes,
      models = @models, tags = @tags, limits = @limits, expires_at_ms = @expires_at_ms, is_disabled = @is_disabled,
      revoked_at_ms = @revoked_at_ms, updated_at_ms = @updated_at_ms
    where key_id = @key_id`);
  const selectKey = database.prepare<[string], KeyRow>("select * from virtual_keys where key_id = ?");
  const selectPage = database.prepare<[string, number], KeyRow>(
    "select * from virtual_keys where key_id > ? and revoked_at_ms is null order by key_id limit ?",
  );
  const insertSecret = database.prepare(
    "insert into key_secrets (hash, key_id, prefix, created_at_ms, expires_at_ms) values (?, ?, ?, ?, ?)",
  );
  const endSecrets = database.prepare(`
    update key_secrets set expires_at_ms = min(coalesce(expires_at_ms, @endMs), @endMs) where key_id = @keyId`);
  const selectSecret = database.prepare<[Buffer], SecretRow>("select * from key_secrets where hash = ?");
  const selectSecrets = database.prepare<[string], SecretRow>(
    "select * from key_secrets where key_id = ? order by created_at_ms desc, hash",
  );
  const countUp = database.prepare(`
    insert into revisions (subject, revision) values ('keys', 1)
    on conflict (subject) do update set revision = revision + 1`);
  const selectRevision = database.prepare<[], { revision: number }>(
    "select revision from revisions where subject = 'keys'",
  );

  const putSecret = ({ hash, keyId, prefix, createdAtMs, expiresAtMs }: KeySecret) =>
    insertSecret.run(hash, keyId, prefix, createdAtMs, expiresAtMs);
  const insert = database.transaction((key: VirtualKey, secret: KeySecret) => {
    insertKey.run(rowOf(key));
    putSecret(secret);
    countUp.run();
  });
  const update = database.transaction((key: VirtualKey) => {
    updateKey.run(rowOf(key));
    countUp.run();
  });
  const rotate = database.transaction((secret: KeySecret, endMs: number) => {
    endSecrets.run({ keyId: secret.keyId, endMs });
    putSecret(secret);
    countUp.run();
  });

  return {
    insert: async (key, secret) => insert.immediate(key, secret),
    update: async (key) => update.immediate(key),
    rotate: async (secret, othersEndMs) => rotate.immediate(secret, othersEndMs),
    async find(keyId) {
      const row = selectKey.get(keyId);
      return row === undefined ? null : keyOf(row);
    },
    async findByHash(hash) {
      const secret = selectSecret.get(hash);
      const row = secret === undefined ? undefined : selectKey.get(secret.key_id);
      return secret === undefined || row === undefined ? null : { key: keyOf(row), secret: secretOf(secret) };
    },
    list: async ({ after, limit }) => selectPage.all(after ?? "", limit).map(keyOf),
    secretsOf: async (keyId) => selectSecrets.all(keyId).map(secretOf),
    revision: async () => selectRevision.get()?.revision ?? 0,
  };
}

function rowOf(key: VirtualKey): KeyRow {
  return {
    key_id: key.keyId,
    name: key.name,
    tenant: key.tenant,
    team: key.team,
    user: key.user,
    routes: key.routes === null ? null : JSON.stringify(key.routes),
    models: key.models === null ? null : JSON.stringify(key.models),
    tags: JSON.stringify(key.tags),
    limits: JSON.stringify(key.limits),
    expires_at_ms: key.expiresAtMs,
    is_disabled: Number(key.isDisabled),
    revoked_at_ms: key.revokedAtMs,
    created_at_ms: key.createdAtMs,
    updated_at_ms: key.updatedAtMs,
  };
}

// What JSON the rows hold was written by rowOf.
function keyOf(row: KeyRow): VirtualKey {
  return {
    keyId: row.key_id,
    name: row.name,
    tenant: row.tenant,
    team: row.team,
    user: row.user,
    routes: row.routes === null ? null : (JSON.parse(row.routes) as string[]),
    models: row.models === null ? null : (JSON.parse(row.models) as string[]),
    tags: JSON.parse(row.tags) as string[],
    limits: JSON.parse(row.limits) as Limits,
    expiresAtMs: row.expires_at_ms,
    isDisabled: row.is_disabled === 1,
    revokedAtMs: row.revoked_at_ms,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}

function secretOf(row: SecretRow): KeySecret {
  return {
    keyId: row.key_id,
    hash: row.hash,
    prefix: row.prefix,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
  };
}
