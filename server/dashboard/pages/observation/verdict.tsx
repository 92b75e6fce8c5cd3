import { Stack, Text, Title } from "@mantine/core";
import { count, percent, signed, usd } from "../../format.ts";
import { Panel } from "../../parts/panel.tsx";
import { isKnown, rangeText } from "./figure-text.ts";
import type { Figure, ObservationBody } from "./observation-body.ts";

const DAY_MS = 86_400_000;
const DAYS_A_MONTH = 30;

/** Whether routing would pay here, in one sentence of the observation's own figures. */
export function Verdict({ body }: { readonly body: ObservationBody }) {
  const { projected, promise, audits, tighter, kind } = body;
  const quality = projected?.quality_difference;
  const saving = projected?.saving;
  const routing = kind === "active" ? "Routing saves" : "Routing would save";
  return (
    <Panel
      title={kind === "active" ? "Does it pay?" : "Would it pay?"}
      note="From audits of this route's own requests; not yet measured against sessions held back, which Savings does"
    >
      {isKnown(saving) && isKnown(quality) ? (
        <Stack gap={4}>
          <Title order={3} size="h4">
            {answerOf(saving, quality, promise.max_quality_loss)}
          </Title>
          <Text>
            {routing} {rangeText(saving)} of what eligible requests cost at the incumbent{monthText(body, saving)}.
            Quality changes by {signedRange(quality)}; at most {percent(promise.max_quality_loss)} may be lost.
          </Text>
        </Stack>
      ) : (
        <Text>
          Not known yet: {count(audits.done)} {audits.done === 1 ? "audit is" : "audits are"} done
          {tighter.audits_to_show === null
            ? "; 100 are the least from which something is said."
            : `, and about ${count(tighter.audits_to_show)} show a loss below ${percent(promise.max_quality_loss)} where there is none.`}{" "}
          What prices alone would save stands below.
        </Text>
      )}
    </Panel>
  );
}

function answerOf(saving: Figure, quality: Figure, mostLost: number): string {
  if (saving.high !== null && saving.high <= 0) return "No: it would save nothing";
  if (quality.high !== null && quality.high < -mostLost) return "No: it would lose more quality than it may";
  if (saving.low === null || saving.low <= 0) return "Not sure yet: the saving may be nothing";
  if (quality.low === null || quality.low < -mostLost)
    return "Not sure yet: it saves, but may lose more quality than it may";
  return "Yes, as far as the audits show";
}

/** What the shares are in money at the traffic that was seen, and what finding out costs. */
function monthText(
  { traffic, audits, started_at: from, ended_at: end, at, days }: ObservationBody,
  saving: Figure,
): string {
  const passed = (Date.parse(end ?? at) - Date.parse(from)) / DAY_MS;
  const seen = Math.max(1, days === null ? passed : Math.min(passed, days));
  if (traffic.incumbent_usd === 0 || saving.low === null || saving.high === null) return "";
  const monthly = (share: number) => usd((share * traffic.incumbent_usd * DAYS_A_MONTH) / seen);
  const spent = usd(((audits.replay_usd + audits.judge_usd) * DAYS_A_MONTH) / seen);
  return `: ${monthly(saving.low)} to ${monthly(saving.high)} a month at this traffic, of which audits take ${spent}`;
}

function signedRange({ value, low, high }: Figure): string {
  const show = (share: number | null) => (share === null ? "no bound" : signed(share, percent));
  return `${show(value)} [${show(low)}, ${show(high)}]`;
}
