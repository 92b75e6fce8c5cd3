import { Alert, Stack, Text } from "@mantine/core";
import { moment } from "../../format.ts";
import type { DriftAlarm } from "./drift-body.ts";

/** What the alarms are about, in the words of the four kinds of drift. */
const SIGNALS: Readonly<Record<string, string>> = {
  input: "Input: requests are unlike those of the certificate",
  quality: "Outcome: audits find more quality lost than was promised",
  errors: "Outcome: more requests fail",
  latency: "Outcome: answers are slower",
  version: "Provider: the model answers as another version",
  fingerprint: "Provider: another fingerprint",
  refusals: "Provider: more requests are refused",
  length: "Provider: answers are of another length",
  canary: "Provider: canaries fail",
  price: "Price: it changed",
};

interface AlarmListProps {
  readonly alarms: readonly DriftAlarm[];
  /** Whether each alarm says which route it is of. */
  readonly isOfAll?: boolean;
}

/** Alarms, newest first. */
export function AlarmList({ alarms, isOfAll = false }: AlarmListProps) {
  if (alarms.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No alarm: nothing that is watched has changed more than chance explains.
      </Text>
    );
  return (
    <Stack gap="xs">
      {alarms.map(({ route, model, signal, at, because }) => (
        <Alert
          key={`${at} ${route} ${signal} ${model}`}
          color="red"
          title={`${SIGNALS[signal] ?? signal}, ${moment(at)}`}
        >
          <span className="weir-break">
            {[isOfAll ? `route ${route}` : null, model].filter((name) => name !== null).join(", ")}
            {isOfAll || model !== null ? ": " : ""}
            {because}
          </span>
        </Alert>
      ))}
    </Stack>
  );
}
