import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { DemoDesk, DemoState } from "../demo/demo-desk.ts";
import type { Operation } from "../operation.ts";

const Count = z.number().int().nonnegative();
const State = z.strictObject({
  offered: z.boolean().meta({ description: "demo mode, an empty log, a database in a file" }),
  because: z.string().nullable().meta({ description: "why not" }),
  playing: z.boolean(),
  day: Count,
  days: Count,
  played: z.looseObject({ requests: Count }).nullable().meta({ description: "what happened in them" }),
  fault: z.string().nullable(),
});

const show: Operation = {
  summary: "Whether simulated days of a made-up company may be played, and how far they are",
  access: "admin",
  answers: { 200: { description: "As it stands", schema: State } },
};
const play: Operation = {
  summary: "Play simulated days of a made-up company into an empty log; demo mode only",
  description:
    "Answers at once; GET says how far it is. Requests go through the code that serves, on a clock of their own.",
  access: "admin",
  answers: { 202: { description: "Begun", schema: State } },
  errors: ["forbidden", "not_empty"],
};

export const adminDemoRoute: FastifyPluginAsync<{ desk: DemoDesk }> = async (app, { desk }) => {
  app.addHook("onClose", () => desk.close());
  app.get("/admin/demo", { config: { operation: show } }, async () => stateBody(await desk.state()));
  app.post("/admin/demo", { config: { operation: play } }, async (_, reply) =>
    reply.code(202).send(stateBody(await desk.play())),
  );
};

function stateBody({ isOffered, because, isPlaying, day, days, played, fault }: DemoState) {
  return { offered: isOffered, because, playing: isPlaying, day, days, played, fault };
}
