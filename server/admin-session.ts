import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Storage } from "./storage.ts";

const SETTING = "session_secret";
const COOKIE = "weir_session";
/** A working day; the page asks for the key again afterwards. */
const LIFE_MS = 12 * 3_600_000;
const NONCE_BYTES = 16;
const SECRET_BYTES = 32;

/** What the dashboard holds instead of the admin key: a signed cookie that ends, and that every process of one storage knows. */
export interface AdminSessions {
  /** The `set-cookie` value of a new session. */
  open(isSecure: boolean): string;
  /** Whether a `cookie` header holds a session that is still good. */
  holds(cookieHeader: string | undefined): boolean;
  /** The `set-cookie` value that ends the browser's session. */
  end(isSecure: boolean): string;
}

/**
 * Sessions end with the admin key that opened them: its fingerprint is signed too.
 *
 * @param keyFingerprint changes when the admin key does
 */
export async function openAdminSessions(
  storage: Pick<Storage, "putSettingOnce">,
  keyFingerprint: string,
  clock: () => number,
): Promise<AdminSessions> {
  const secret = await storage.putSettingOnce(SETTING, randomBytes(SECRET_BYTES).toString("hex"));

  function signatureOf(text: string): Buffer {
    return createHmac("sha256", secret).update(`${keyFingerprint}.${text}`).digest();
  }

  function isGood(token: string): boolean {
    const [endText, nonce, signature] = token.split(".");
    if (endText === undefined || nonce === undefined || signature === undefined) return false;
    const given = Buffer.from(signature, "base64url");
    const expected = signatureOf(`${endText}.${nonce}`);
    return given.length === expected.length && timingSafeEqual(given, expected) && Number(endText) > clock();
  }

  return {
    open(isSecure) {
      const text = `${clock() + LIFE_MS}.${randomBytes(NONCE_BYTES).toString("base64url")}`;
      const token = `${text}.${signatureOf(text).toString("base64url")}`;
      return cookie(token, LIFE_MS / 1000, isSecure);
    },
    holds(cookieHeader) {
      const token = cookieHeader?.match(/(?:^|;\s*)weir_session=([^;\s]+)/)?.[1];
      return token !== undefined && isGood(token);
    },
    end: (isSecure) => cookie("", 0, isSecure),
  };
}

function cookie(value: string, maxAgeS: number, isSecure: boolean): string {
  return `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeS}${isSecure ? "; Secure" : ""}`;
}
