import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { z } from "zod";
import type { AdminKey } from "../admin-key.ts";
import type { AdminSessions } from "../admin-session.ts";
import { DEMO_KEY } from "../demo.ts";
import { ApiError, RefusalError } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import type { Settings } from "../settings.ts";

const WRONG_KEYS = 10;
const WINDOW_S = 60;
const LOOPBACK = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

const LogIn = z.strictObject({ key: z.string().min(1).max(500) });
const State = z.strictObject({ signed_in: z.boolean(), mode: z.enum(["demo", "configured"]) });

const logIn: Operation = {
  summary: "Open a session of the dashboard with the admin key",
  description:
    "Answers with an httpOnly cookie. Requests with the cookie that change something need `x-weir-csrf: 1` too.",
  access: "public",
  body: LogIn,
  answers: { 200: { description: "Signed in", schema: State } },
  errors: ["unauthorized", "rate_limited"],
};
const show: Operation = {
  summary: "Whether the browser is signed in",
  access: "public",
  answers: { 200: { description: "State", schema: State } },
};
const logOut: Operation = {
  summary: "End the session of the dashboard",
  access: "public",
  answers: { 200: { description: "Signed out", schema: State } },
};

export interface AdminSessionDeps {
  readonly settings: () => Settings;
  readonly adminKey: AdminKey;
  readonly sessions: AdminSessions;
}

export const adminSessionRoute: FastifyPluginAsync<AdminSessionDeps> = async (app, deps) => {
  const { settings, adminKey, sessions } = deps;
  const wrongKeys = new RateLimiterMemory({ points: WRONG_KEYS, duration: WINDOW_S });

  app.post("/admin/session", { config: { operation: logIn } }, async (request, reply) => {
    const { key } = readInput(LogIn, request.body);
    const held = await wrongKeys.get(request.ip);
    if (held !== null && held.consumedPoints >= WRONG_KEYS) {
      throw new RefusalError("rate_limited", "too many wrong keys from here; wait a minute", {
        retryAfterMs: held.msBeforeNext,
      });
    }
    const { mode } = settings();
    if (!adminKey.matches(key) && !(mode === "demo" && key === DEMO_KEY && isOwnMachine(request))) {
      await wrongKeys.consume(request.ip).catch(() => {});
      throw new ApiError(
        "unauthorized",
        "this is not the admin key (WEIR_ADMIN_KEY, or the one printed at first start)",
        {
          place: "key",
        },
      );
    }
    reply.header("set-cookie", sessions.open(isSecure(request)));
    return { signed_in: true, mode };
  });

  app.get("/admin/session", { config: { operation: show } }, async (request) => ({
    signed_in: sessions.holds(request.headers.cookie),
    mode: settings().mode,
  }));

  app.delete("/admin/session", { config: { operation: logOut } }, async (request, reply) => {
    reply.header("set-cookie", sessions.end(isSecure(request)));
    return { signed_in: false, mode: settings().mode };
  });
};

/** The demo's key opens the demo's page to whoever sits at the machine, under one of its own names. */
function isOwnMachine({ ip, headers }: FastifyRequest): boolean {
  return LOOPBACK.has(ip) && LOOPBACK_HOST.test(headers.host ?? "");
}

/** A proxy in front says what the browser speaks; claiming TLS wrongly only costs the claimant its cookie. */
function isSecure({ protocol, headers }: FastifyRequest): boolean {
  return protocol === "https" || headers["x-forwarded-proto"] === "https";
}
