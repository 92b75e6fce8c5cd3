import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { SwitchDesk, SwitchState } from "../activation/switch-desk.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";

const Name = z.string().min(1).max(200);
const Query = z.strictObject({ route: Name });
const ActivateBody = z.strictObject({
  route: Name,
  override: z.string().trim().min(1).max(500).optional().meta({
    description: "why it is routed without a certificate; shown wherever the route is",
  }),
});
const State = z.strictObject({
  route: z.string(),
  configured: z.string().meta({ description: "mode in the configuration" }),
  allowed: z.boolean(),
  because: z.string().nullable().meta({ description: "why it cannot be switched" }),
  certified: z.boolean().meta({ description: "whether a certificate holds now" }),
  switched: z.strictObject({ at: z.string(), override: z.string().nullable() }).nullable(),
});

const show: Operation = {
  summary: "Whether a route that is observed may be activated here, and whether it was",
  access: "admin",
  query: Query,
  answers: { 200: { description: "As it stands", schema: State } },
  errors: ["invalid_request", "unknown_route"],
};
const activate: Operation = {
  summary: "Activate a route that the configuration observes",
  description:
    "It is as if the file said `mode: active`: a certificate that holds lets the ramp begin. Without one an `override` with " +
    "a reason is needed. It outlasts restarts, and every process on the storage follows within a second. The file forbids " +
    "it with `activation.byAdmin: false`.",
  access: "admin",
  body: ActivateBody,
  answers: { 200: { description: "Activated", schema: State } },
  errors: ["invalid_request", "unknown_route", "not_certified"],
};
const deactivate: Operation = {
  summary: "Take back an activation: the route is as the configuration has it",
  access: "admin",
  body: Query,
  answers: { 200: { description: "As it stands", schema: State } },
  errors: ["invalid_request", "unknown_route"],
};

export const adminSwitchRoute: FastifyPluginAsync<{ switches: SwitchDesk }> = async (app, { switches }) => {
  app.get("/admin/activation/switch", { config: { operation: show } }, async (request) =>
    stateBody(switches.state(readInput(Query, request.query).route)),
  );
  app.post("/admin/activation/activate", { config: { operation: activate } }, async (request) => {
    const { route, override } = readInput(ActivateBody, request.body);
    return stateBody(await switches.activate(route, override ?? null));
  });
  app.post("/admin/activation/deactivate", { config: { operation: deactivate } }, async (request) =>
    stateBody(await switches.deactivate(readInput(Query, request.body).route)),
  );
};

function stateBody({ route, configured, whyFixed, isCertified, switched }: SwitchState): z.infer<typeof State> {
  return {
    route,
    configured,
    allowed: whyFixed === null,
    because: whyFixed,
    certified: isCertified,
    switched: switched === null ? null : { at: new Date(switched.atMs).toISOString(), override: switched.override },
  };
}
