import { createSign } from "node:crypto";
import { z } from "zod";

export const ServiceAccount = z.looseObject({
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
  project_id: z.string().optional(),
});
export type ServiceAccount = z.infer<typeof ServiceAccount>;

const LIFETIME_S = 3600;

/**
 * A token that Google's APIs take as it is, without an exchange: a JWT for the one service, signed with the account's
 * own key.
 *
 * @source Google Identity, "Using OAuth 2.0 for Server to Server Applications", addendum on JWTs without OAuth
 */
export function selfSignedToken(
  account: ServiceAccount,
  nowMs: number,
): { readonly token: string; readonly expiresAtMs: number } {
  const issuedAt = Math.floor(nowMs / 1000);
  const head = {
    alg: "RS256",
    typ: "JWT",
    ...(account.private_key_id === undefined ? {} : { kid: account.private_key_id }),
  };
  const claims = {
    iss: account.client_email,
    sub: account.client_email,
    aud: "https://aiplatform.googleapis.com/",
    iat: issuedAt,
    exp: issuedAt + LIFETIME_S,
  };
  const unsigned = `${base64Url(head)}.${base64Url(claims)}`;
  const signature = createSign("RSA-SHA256").update(unsigned).sign(account.private_key).toString("base64url");
  return { token: `${unsigned}.${signature}`, expiresAtMs: (issuedAt + LIFETIME_S) * 1000 };
}

function base64Url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
