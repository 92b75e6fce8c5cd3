import type { ModelStore, StoredAlarm } from "../observation/model-watch/model-store.ts";
import type { Settings } from "../settings.ts";
import type { Alarm, SendAlarm } from "./send-alarm.ts";

/** Alarms of routes: kept, written to the log, and sent to whoever wants to hear of them. */
export interface AlarmBoard {
  raise(alarm: Alarm): void;
  /** Newest first; of one route, or of all. */
  latest(route: string | null): readonly StoredAlarm[];
}

export interface AlarmBoardDeps {
  readonly store: Pick<ModelStore, "putAlarm" | "alarms">;
  readonly settings: () => Pick<Settings, "routes" | "drift">;
  readonly sendAlarm: SendAlarm;
  readonly count: (alarm: Alarm) => void;
}

const MOST_SHOWN = 100;

export function createAlarmBoard({ store, settings, sendAlarm, count }: AlarmBoardDeps): AlarmBoard {
  return {
    raise(alarm) {
      const { routes, drift } = settings();
      count(alarm);
      store.putAlarm({ ...alarm, model: alarm.model ?? null });
      sendAlarm(alarm, routes[alarm.route]?.activation?.webhook ?? drift.webhook ?? null);
    },
    latest: (route) => store.alarms(route, MOST_SHOWN),
  };
}
