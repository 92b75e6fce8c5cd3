import { Alert, Badge, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { count, moment, percent, UNKNOWN, usd } from "../../format.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Figure as FigureCard } from "../../parts/figure.tsx";
import { Hash } from "../../parts/hash.tsx";
import { Panel } from "../../parts/panel.tsx";
import { figureText, intervalNote, isKnown, rangeText, signedText } from "./figure-text.ts";
import { IntervalChart } from "./interval-chart.tsx";
import { LabelPanel } from "./label-panel.tsx";
import type { HistoryDay, ObservationBody } from "./observation-body.ts";
import { StrataTable } from "./strata-table.tsx";

/** Nothing of it would be routed, so nothing changes. */
const STAYS = "incumbent";

const savingOf = ({ saving }: HistoryDay) => saving;
const qualityOf = ({ quality_difference: difference }: HistoryDay) => difference;

/** What one observation found, and how sure that is. */
export function Observed({ body }: { readonly body: ObservationBody }) {
  const { projected, audits, promise, certifiable, history, tighter } = body;
  return (
    <Stack>
      <Group gap="xs">
        <Badge variant="outline">{dayText(body)}</Badge>
        <Badge variant="outline">{body.kind === "observe" ? "before activation" : "while active"}</Badge>
        <Text size="sm" c="dimmed">
          Since {moment(body.started_at)}. Intervals hold at {percent(promise.confidence)} on all days together, so
          looking every day does no harm.
        </Text>
      </Group>
      {audits.note === null ? null : (
        <Alert color="yellow" title="Nothing can be certified">
          {audits.note}: give the route an audit rate above 0 and a daily sum in the section observation.
        </Alert>
      )}
      {certifiable.refusal === "too_many_lost" ? (
        <Alert color="yellow" title="Too many audits are lost">
          {percent(audits.lost_share)} of what was drawn could not be answered; more than 1 % may hide what was worst.
        </Alert>
      ) : null}
      <SimpleGrid cols={{ base: 2, lg: 4 }} spacing={{ base: "xs", md: "md" }}>
        <FigureCard
          label="Projected saving"
          value={figureText(projected?.saving)}
          note={intervalNote(projected?.saving)}
          help="Of the incumbent's cost, had every eligible request been decided by the route's policy. Projected from audits, not verified."
        />
        <FigureCard
          label="Quality difference"
          value={signedText(projected?.quality_difference)}
          note={intervalNote(projected?.quality_difference)}
          help={`Routed less incumbent, as judged in audits. A certificate promises no more than ${percent(promise.max_quality_loss)} lost.`}
        />
        <FigureCard
          label="Audits done"
          value={count(audits.done)}
          note={`${count(audits.queued)} wait, ${count(audits.unjudged)} could not be judged, ${count(audits.lost)} lost`}
          help="Requests that another model answered too, so that the two answers could be compared"
        />
        <FigureCard
          label="Cost of audits"
          value={usd(audits.replay_usd + audits.judge_usd)}
          note={`${usd(audits.spent_today_usd)} today of ${usd(audits.daily_usd)} a day`}
        />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Panel
          title="Projected saving, day by day"
          note="Of the incumbent's cost; band: where the truth lies with the confidence above"
        >
          <IntervalChart title="Projected saving with its interval, by day" history={history} of={savingOf} />
        </Panel>
        <Panel
          title="Quality difference, day by day"
          note={`Routed less incumbent; dashed: ${percent(promise.max_quality_loss)} lost, the most that a certificate allows`}
        >
          <IntervalChart
            title="Quality difference with its interval, by day; dashed: what may be lost"
            history={history}
            of={qualityOf}
            limit={-promise.max_quality_loss}
          />
        </Panel>
      </SimpleGrid>
      {tighter.audits_to_halve === null ? null : (
        <Text size="sm" c="dimmed">
          About {count(tighter.audits_to_halve)} more audits halve the interval of the quality difference
          {tighter.audits_to_show === null
            ? "."
            : `; to show a loss below ${percent(promise.max_quality_loss)} where there is none takes about ${count(tighter.audits_to_show)} in all.`}
        </Text>
      )}
      <Panel
        title="What a certificate could promise now"
        note={`By the audits of this observation alone: at most ${percent(promise.max_quality_loss)} quality lost, with confidence ${percent(promise.confidence)}; and what is missing where it could promise nothing`}
      >
        <StrataTable overall={certifiable.overall} strata={certifiable.strata} />
      </Panel>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Panel
          title="By feature"
          note="Projected, with intervals; not yet known where audits are few, incumbent where nothing would be routed"
        >
          <DataTable
            caption="Projected by feature"
            rows={body.by.feature.some(isTold) ? body.by.feature : []}
            keyOf={({ name }) => name}
            none={
              body.by.feature.length === 0
                ? "No request names a feature."
                : `Not yet known of any of ${body.by.feature.length} features: each needs about 100 audits of its own.`
            }
            columns={[
              { name: "name", title: "Feature", cell: ({ name }) => name },
              { name: "requests", title: "Requests", isNumber: true, cell: ({ requests }) => count(requests) },
              {
                name: "saving",
                title: "Saving",
                isNumber: true,
                cell: (one) => (one.moved_share === 0 ? STAYS : rangeText(one.saving)),
              },
              {
                name: "quality",
                title: "Quality",
                isNumber: true,
                cell: (one) => (one.moved_share === 0 ? STAYS : rangeText(one.quality_difference)),
              },
            ]}
          />
        </Panel>
        <Panel
          title="What prices alone would say"
          note="An upper bound from prices, quality unmeasured: for answers half to twice as long as the incumbent's"
        >
          <DataTable
            caption="Price-only upper bound, quality unmeasured"
            rows={body.envelope}
            keyOf={({ model }) => model}
            none="No request yet."
            columns={[
              { name: "model", title: "All requests to", cell: ({ model }) => model },
              {
                name: "saving",
                title: "Saving",
                isNumber: true,
                cell: ({ low, high }) => `${percent(low)} to ${percent(high)}`,
              },
            ]}
          />
        </Panel>
      </SimpleGrid>
      {body.labels.share === 0 ? null : <LabelPanel route={body.route} labels={body.labels} />}
      <Basis body={body} />
    </Stack>
  );
}

function Basis({
  body: { traffic, judged_by: judges, commitment, salt, previous },
}: {
  readonly body: ObservationBody;
}) {
  return (
    <Panel title="What it rests on">
      <Facts
        of={[
          ["Requests", `${count(traffic.requests)}, of them ${count(traffic.eligible)} eligible`],
          ["Excluded", `${percent(traffic.excluded_share)}${reasonsText(traffic.excluded)}`],
          [
            "Judged by",
            judges.map(({ name, audits: of }) => `${judgeText(name)} (${count(of)})`).join(", ") || UNKNOWN,
          ],
          ["Observations before", count(previous.length)],
          ["Commitment to the lots", <Hash key="c" of={commitment} name="commitment" />],
          ["Salt", salt ?? "secret until nothing more is drawn with it"],
        ]}
      />
    </Panel>
  );
}

/** Whether anything can be said of a group. */
function isTold({ moved_share: moved, saving }: ObservationBody["by"]["feature"][number]): boolean {
  return moved === 0 || isKnown(saving);
}

function dayText({ day: today, days, state }: ObservationBody): string {
  if (days === null) return `day ${today}`;
  return state === "running" ? `day ${today} of ${days}` : `${days} days, ${state}`;
}

function judgeText(name: string): string {
  return name === "same_model" ? "nobody, being the same model" : name;
}

function reasonsText(excluded: ObservationBody["traffic"]["excluded"]): string {
  if (excluded.length === 0) return "";
  return ` (${excluded.map(({ reason, share }) => `${reason.replaceAll("_", " ")} ${percent(share)}`).join(", ")})`;
}
