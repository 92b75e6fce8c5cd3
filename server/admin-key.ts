import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Storage } from "./storage.ts";

const SETTING = "admin_key_sha256";

/** The key that opens /admin. Only its hash is held. */
export interface AdminKey {
  /** Takes the same time wherever the given key differs. */
  matches(given: string): boolean;
  /** Changes when the key does, and says nothing of it. */
  readonly fingerprint: string;
  /** The key in plain, when it was made just now: to be printed once. */
  readonly fresh: string | null;
}

/** From WEIR_ADMIN_KEY, else the one made at first start, else a new one, whose hash is stored. */
export async function openAdminKey(configured: string | null, storage: Storage): Promise<AdminKey> {
  if (configured !== null) return adminKey(sha256(configured), null);
  const stored = await storage.readSetting(SETTING);
  if (stored !== null) return adminKey(Buffer.from(stored, "hex"), null);
  const made = `weir-admin-${randomBytes(24).toString("base64url")}`;
  const hash = sha256(made).toString("hex");
  const kept = await storage.putSettingOnce(SETTING, hash);
  return adminKey(Buffer.from(kept, "hex"), kept === hash ? made : null);
}

function adminKey(hash: Buffer, fresh: string | null): AdminKey {
  return {
    fresh,
    fingerprint: sha256(hash.toString("hex")).toString("hex"),
    matches(given) {
      const candidate = sha256(given);
      return candidate.length === hash.length && timingSafeEqual(candidate, hash);
    },
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
