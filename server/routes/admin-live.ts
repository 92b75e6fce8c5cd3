import type { FastifyPluginAsync } from "fastify";
import { ApiError } from "../errors.ts";
import type { RequestLog } from "../log/request-log.ts";
import type { Operation } from "../operation.ts";

/** How soon an open page hears of something, and how often a silent connection is kept open. */
const LOOK_EVERY_MS = 1_000;
const PING_EVERY_LOOKS = 20;
const MOST_LISTENERS = 100;

const live: Operation = {
  summary:
    "Server-sent events: `changed` whenever requests were logged since the last one, `settings` when the configuration was",
  access: "admin",
  answers: { 200: { description: "Events until the client leaves", mediaType: "text/event-stream" } },
  errors: ["not_ready"],
};

export interface AdminLiveDeps {
  readonly requestLog: Pick<RequestLog, "state">;
  /** How often the configuration was read again and applied. */
  readonly reloads: () => number;
}

export const adminLiveRoute: FastifyPluginAsync<AdminLiveDeps> = async (app, { requestLog, reloads }) => {
  const listeners = new Set<(text: string) => void>();
  let seen = requestLog.state.written;
  let seenReloads = reloads();
  let looks = 0;
  let timer: NodeJS.Timeout | null = null;

  function look(): void {
    const { written } = requestLog.state;
    looks += 1;
    if (reloads() !== seenReloads) tell(`event: settings\ndata: {"reloads":${reloads()}}\n\n`);
    seenReloads = reloads();
    if (written !== seen) tell(`event: changed\ndata: {"requests":${written - seen}}\n\n`);
    else if (looks % PING_EVERY_LOOKS === 0) tell(": still here\n\n");
    seen = written;
  }

  function tell(text: string): void {
    for (const send of listeners) send(text);
  }

  function listen(send: (text: string) => void): () => void {
    // Who begins to listen asks for all anyway.
    if (listeners.size === 0) seenReloads = reloads();
    listeners.add(send);
    timer ??= setInterval(look, LOOK_EVERY_MS).unref();
    return () => {
      listeners.delete(send);
      if (listeners.size > 0 || timer === null) return;
      clearInterval(timer);
      timer = null;
    };
  }

  app.get("/admin/live", { config: { operation: live } }, async (request, reply) => {
    if (listeners.size >= MOST_LISTENERS) throw new ApiError("not_ready", "too many pages are open already");
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
      "x-request-id": request.id,
    });
    raw.write("retry: 2000\n\n");
    const stop = listen((text) => raw.write(text));
    raw.on("close", stop);
  });

  app.addHook("preClose", async () => {
    if (timer !== null) clearInterval(timer);
    listeners.clear();
  });
};
