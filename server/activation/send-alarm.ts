import type { FastifyBaseLogger } from "fastify";

/** Something that the operator must know of a route. */
export interface Alarm {
  readonly route: string;
  readonly signal: string;
  readonly atMs: number;
  readonly because: string;
}

export type SendAlarm = (alarm: Alarm, webhook: string | null) => void;

const TIMEOUT_MS = 10_000;
const TRIES = 3;

/** To the log always, and to the route's webhook where it has one; nobody waits for it. */
export function createSendAlarm(deps: {
  readonly fetch: typeof fetch;
  readonly log: Pick<FastifyBaseLogger, "error">;
}): SendAlarm {
  async function post(url: string, body: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        const response = await deps.fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        await response.body?.cancel();
        if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
        return;
      } catch (error) {
        if (tries === TRIES) throw error;
      }
    }
  }

  return (alarm, webhook) => {
    const { route, signal, because, atMs } = alarm;
    const event = { type: "route.alarm", at: new Date(atMs).toISOString(), route, signal, because };
    deps.log.error(event, "a route alarms");
    if (webhook === null) return;
    post(webhook, JSON.stringify(event)).catch((error) =>
      deps.log.error({ err: error, route }, "an alarm was not sent"),
    );
  };
}
