import type { Limits } from "../limits/limits.ts";

/** A key that we issue: who owns it and what it may do. Of its secrets only hashes and first characters are kept. */
export interface VirtualKey {
  readonly keyId: string;
  readonly name: string;
  readonly tenant: string | null;
  readonly team: string | null;
  readonly user: string | null;
  /** Names or patterns with `*`; null allows all. */
  readonly routes: readonly string[] | null;
  readonly models: readonly string[] | null;
  readonly tags: readonly string[];
  readonly limits: Limits;
  /** null: never. */
  readonly expiresAtMs: number | null;
  readonly isDisabled: boolean;
  /** When it was deleted; it is kept for the sake of old records. */
  readonly revokedAtMs: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** One text that opens a key. */
export interface KeySecret {
  readonly keyId: string;
  /** SHA-256 of the text. */
  readonly hash: Buffer;
  /** First characters, so that people can tell keys apart. */
  readonly prefix: string;
  readonly createdAtMs: number;
  /** End of the overlap after a rotation; null: as long as the key lives. */
  readonly expiresAtMs: number | null;
}

/** A key with the secret that a caller showed. */
export interface OpenedKey {
  readonly key: VirtualKey;
  readonly secret: KeySecret;
}
