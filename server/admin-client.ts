import { z } from "zod";
import { type ConfigFlags, processEnvironment, readSettings } from "./config.ts";
import { ApiError } from "./errors.ts";

export interface ServerFlags extends ConfigFlags {
  /** Of the server; by default where the configuration lets it listen. */
  readonly url?: string;
}

const Fault = z.looseObject({ error: z.looseObject({ message: z.string() }) });

/**
 * Asks the server that runs, as its operator: commands that show or change what a running server holds.
 *
 * @param path under the server's address, with its query
 * @throws ApiError when no server answers, or refuses
 */
export async function askServer(
  flags: ServerFlags,
  path: string,
  { method = "GET", body }: { readonly method?: string; readonly body?: unknown } = {},
): Promise<unknown> {
  const { server, adminKey } = readSettings(flags, processEnvironment());
  const host = server.host === "0.0.0.0" || server.host === "::" ? "127.0.0.1" : server.host;
  const base = flags.url ?? `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`;
  if (adminKey === null) throw new ApiError("unauthorized", "set WEIR_ADMIN_KEY to the server's admin key");
  let response: Response;
  try {
    response = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    throw new ApiError("not_ready", `no server answers at ${base}; start one with weir serve, or name its --url`, {
      cause,
    });
  }
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const fault = Fault.safeParse(answer);
  throw new ApiError("invalid_request", fault.success ? fault.data.error.message : `status ${response.status}`);
}
