import { SegmentedControl } from "@mantine/core";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const PERIODS = {
  "24h": { lengthMs: DAY_MS, interval: "hour" },
  "7d": { lengthMs: 7 * DAY_MS, interval: "day" },
  "14d": { lengthMs: 14 * DAY_MS, interval: "day" },
  "30d": { lengthMs: 30 * DAY_MS, interval: "day" },
  "1y": { lengthMs: 365 * DAY_MS, interval: "month" },
} as const;

export type PeriodName = keyof typeof PERIODS;

/** RFC 3339, whole buckets, the last one still growing. */
export interface Period {
  readonly from: string;
  readonly to: string;
  readonly interval: "hour" | "day" | "month";
}

/** Ends with the running hour or day, so that a page asked twice asks the same. */
export function periodOf(name: PeriodName, nowMs: number): Period {
  const { lengthMs, interval } = PERIODS[name];
  const widthMs = interval === "hour" ? HOUR_MS : DAY_MS;
  const toMs = Math.floor(nowMs / widthMs) * widthMs + widthMs;
  return { from: iso(toMs - lengthMs), to: iso(toMs), interval };
}

/** The period of the same length just before. */
export function before({ from, to, interval }: Period): Period {
  const fromMs = Date.parse(from);
  return { from: iso(2 * fromMs - Date.parse(to)), to: from, interval };
}

/** Starts of a period's buckets, epoch milliseconds, UTC. */
export function bucketsOf(from: string, to: string, interval: Period["interval"]): number[] {
  const starts: number[] = [];
  const first = new Date(from);
  if (interval === "month") first.setUTCDate(1);
  first.setUTCMinutes(0, 0, 0);
  if (interval !== "hour") first.setUTCHours(0);
  for (const at = first; at.getTime() < Date.parse(to); ) {
    starts.push(at.getTime());
    if (interval === "hour") at.setUTCHours(at.getUTCHours() + 1);
    else if (interval === "day") at.setUTCDate(at.getUTCDate() + 1);
    else at.setUTCMonth(at.getUTCMonth() + 1);
  }
  return starts;
}

interface PeriodPickerProps {
  readonly value: PeriodName;
  readonly onChange: (name: PeriodName) => void;
}

export function PeriodPicker({ value, onChange }: PeriodPickerProps) {
  return (
    <SegmentedControl
      aria-label="time"
      size="xs"
      value={value}
      onChange={(name) => onChange(name as PeriodName)}
      data={Object.keys(PERIODS)}
    />
  );
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
