import type { KeySecret, OpenedKey, VirtualKey } from "./virtual-key.ts";

/** Where virtual keys are kept. Every change counts `revision` up, also those of other processes. */
export interface KeyStore {
  insert(key: VirtualKey, secret: KeySecret): Promise<void>;
  update(key: VirtualKey): Promise<void>;
  /** Adds a secret; those that there are end at `othersEndMs` unless they end sooner. */
  rotate(secret: KeySecret, othersEndMs: number): Promise<void>;
  find(keyId: string): Promise<VirtualKey | null>;
  findByHash(hash: Buffer): Promise<OpenedKey | null>;
  /** By id, revoked ones left out. */
  list(page: { readonly after: string | null; readonly limit: number }): Promise<readonly VirtualKey[]>;
  /** Newest first. */
  secretsOf(keyId: string): Promise<readonly KeySecret[]>;
  revision(): Promise<number>;
}
