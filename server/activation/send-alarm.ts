import type { FastifyBaseLogger } from "fastify";
import { postWebhook } from "../post-webhook.ts";

/** Something that the operator must know of a route. */
export interface Alarm {
  readonly route: string;
  readonly signal: string;
  readonly atMs: number;
  readonly because: string;
  /** Of which model it is, where it is of one. */
  readonly model?: string | null;
}

export type SendAlarm = (alarm: Alarm, webhook: string | null) => void;

/** To the log always, and to the route's webhook where it has one; nobody waits for it. */
export function createSendAlarm(deps: {
  readonly fetch: typeof fetch;
  readonly log: Pick<FastifyBaseLogger, "error">;
}): SendAlarm {
  return (alarm, webhook) => {
    const { route, signal, because, atMs, model } = alarm;
    const of = model == null ? {} : { model };
    const event = { type: "route.alarm", at: new Date(atMs).toISOString(), route, signal, ...of, because };
    deps.log.error(event, "a route alarms");
    if (webhook === null) return;
    postWebhook(webhook, event, deps).catch((error) => deps.log.error({ err: error, route }, "an alarm was not sent"));
  };
}
