import type { ClientHeaders } from "./request-options.ts";

/** Headers of one connection, not of the message; and lengths, which the transport counts itself. */
const HOP =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-length|expect|accept-encoding|x-forwarded-.*|forwarded|via)$/;
export const CREDENTIAL = /^(?:authorization|x-api-key|x-goog-api-key|api-key|cookie)$/i;
const OURS = /^x-weir-/;

/** Where a client's own credential at a vendor may stand. */
const OWN_KEYS = ["authorization", "x-api-key", "x-goog-api-key", "api-key"] as const;

/** What goes along of a client's headers; never ours, and its credentials only when they are the vendor's. */
export function forwardedHeaders(headers: ClientHeaders, withCredentials: boolean): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || HOP.test(name) || OURS.test(name) || name === "cookie") continue;
    if (!withCredentials && CREDENTIAL.test(name)) continue;
    kept[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return kept;
}

/** The client's own credential at the vendor; null when it sent none. */
export function ownCredential(headers: ClientHeaders): Record<string, string> | null {
  const own: Record<string, string> = {};
  for (const name of OWN_KEYS) {
    const value = headers[name];
    if (typeof value === "string" && value !== "") own[name] = value;
  }
  return Object.keys(own).length === 0 ? null : own;
}

/** What comes back of an upstream's headers: everything that is about the message. */
export function returnedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    if (!HOP.test(name) && !OURS.test(name) && name !== "set-cookie") kept[name] = headers[name]!;
  }
  return kept;
}
