import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import { IssuedBody, KeyBody, KeyChange, KeyCreate, KeyRotate } from "../keys/key-body.ts";
import type { KeyDesk } from "../keys/key-desk.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";

const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().min(1).optional(),
});
const Page = z.strictObject({ keys: z.array(KeyBody), next_cursor: z.string().nullable() });
const Revoked = z.strictObject({ id: z.string(), revoked: z.literal(true) });

const create: Operation = {
  summary: "Make a virtual key; its text is shown this once",
  description:
    "`routes` and `models` take names or patterns with `*`; a key for certain routes alone serves no model named beside " +
    "them unless `models` allows it. `budget` is one of the key alone; POST /admin/budgets makes others.",
  access: "admin",
  body: KeyCreate,
  answers: { 201: { description: "Made", schema: IssuedBody } },
  errors: ["invalid_request"],
};
const list: Operation = {
  summary: "Virtual keys, without their texts",
  access: "admin",
  query: ListQuery,
  answers: { 200: { description: "A page", schema: Page } },
  errors: ["invalid_request"],
};
const show: Operation = {
  summary: "One virtual key",
  access: "admin",
  answers: { 200: { description: "The key", schema: KeyBody } },
  errors: ["unknown_key"],
};
const change: Operation = {
  summary: "Change a virtual key; what is left out stays",
  description: "In effect at once in this process and within a second in others on the same database.",
  access: "admin",
  body: KeyChange,
  answers: { 200: { description: "The key", schema: KeyBody } },
  errors: ["invalid_request", "unknown_key"],
};
const rotate: Operation = {
  summary: "Give a key a new text; the old ones go on for a while",
  access: "admin",
  body: KeyRotate,
  answers: { 200: { description: "The key with its new text, shown this once", schema: IssuedBody } },
  errors: ["invalid_request", "unknown_key"],
};
const revoke: Operation = {
  summary: "End a virtual key for good, and its budget",
  access: "admin",
  answers: { 200: { description: "Ended", schema: Revoked } },
  errors: ["unknown_key"],
};

export const adminKeysRoute: FastifyPluginAsync<{ desk: KeyDesk }> = async (app, { desk }) => {
  app.post("/admin/keys", { config: { operation: create } }, async (request, reply) =>
    reply.code(201).send(await desk.create(readInput(KeyCreate, request.body))),
  );

  app.get("/admin/keys", { config: { operation: list } }, async (request) => {
    const { limit, cursor } = readInput(ListQuery, request.query);
    const found = await desk.list({ after: cursor ?? null, limit: limit + 1 });
    const keys = found.slice(0, limit);
    return { keys, next_cursor: found.length > limit ? (keys.at(-1)?.id ?? null) : null };
  });

  app.get<{ Params: { id: string } }>("/admin/keys/:id", { config: { operation: show } }, async ({ params }) =>
    desk.show(params.id),
  );

  app.patch<{ Params: { id: string } }>("/admin/keys/:id", { config: { operation: change } }, async (request) =>
    desk.change(request.params.id, readInput(KeyChange, request.body)),
  );

  app.post<{ Params: { id: string } }>("/admin/keys/:id/rotate", { config: { operation: rotate } }, async (request) =>
    desk.rotate(request.params.id, readInput(KeyRotate, request.body ?? {}).overlap_seconds * 1_000),
  );

  app.delete<{ Params: { id: string } }>("/admin/keys/:id", { config: { operation: revoke } }, async ({ params }) => {
    await desk.revoke(params.id);
    return { id: params.id, revoked: true };
  });
};
