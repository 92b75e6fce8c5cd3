import { Alert, Badge, Card, Group, Select, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { withQuery } from "../../api/client.ts";
import { useHashQuery } from "../../api/hash-location.ts";
import { useApi } from "../../api/use-api.ts";
import { count, day, moment, percent, UNKNOWN, usd } from "../../format.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Figure as FigureCard } from "../../parts/figure.tsx";
import { RoutePicker, useRoute } from "../../parts/route-picker.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import { ActivationCard } from "./activation-card.tsx";
import { IntervalChart } from "./interval-chart.tsx";
import type { Figure, HistoryDay, ObservationBody } from "./observation-body.ts";
import { StrataTable } from "./strata-table.tsx";

const savingOf = ({ saving }: HistoryDay) => saving;
const qualityOf = ({ quality_difference: difference }: HistoryDay) => difference;

/** What routing would have saved, how sure that is, and what a certificate still needs. */
export default function Observation() {
  const { route } = useRoute();
  const [query, change] = useHashQuery();
  const current = useApi<ObservationBody>(route === null ? null : withQuery("/admin/observation", { route }));
  const shown = query.get("observation") ?? (current.data === undefined ? null : mostTelling(current.data));
  const asked = useApi<ObservationBody>(
    route === null || shown === null ? null : withQuery("/admin/observation", { route, observation: shown }),
  );
  const observation = shown === null ? current : asked;
  const isUnobserved = current.error?.code === "not_found";
  return (
    <>
      <PageHead title="Observation">
        {current.data === undefined || current.data.previous.length === 0 ? null : (
          <Select
            aria-label="observation"
            size="xs"
            data={[current.data, ...current.data.previous].map((one) => ({
              value: one.observation,
              label: `${one.kind === "observe" ? "before activation" : "while active"}, from ${day(new Date(one.started_at))}`,
            }))}
            value={shown ?? current.data.observation}
            onChange={(value) => change({ observation: value })}
            allowDeselect={false}
          />
        )}
        <RoutePicker />
      </PageHead>
      {isUnobserved && route !== null ? (
        <NotObserved route={route} />
      ) : (
        <Resource of={observation}>{(body) => <Observed body={body} />}</Resource>
      )}
      {route === null ? null : <ActivationCard route={route} />}
    </>
  );
}

/** The one that runs, unless it knows too little yet and an earlier one is there; null for the one that runs. */
function mostTelling({ projected, previous }: ObservationBody): string | null {
  if (projected !== null && projected.saving.method !== "no_audit_bound") return null;
  return previous.find(({ kind }) => kind === "observe")?.observation ?? null;
}

function NotObserved({ route }: { readonly route: string }) {
  return (
    <Empty title="Nothing is observed on this route">
      <Text>
        In weir.yaml give <code>routes.{route}</code> the mode <code>observe</code> and a section{" "}
        <code>observation</code>: every request goes on being served by the incumbent, some are asked of the model that
        would have been chosen too, and after 14 days this page says what routing would have saved and at what quality.
      </Text>
    </Empty>
  );
}

function Observed({ body }: { readonly body: ObservationBody }) {
  const { projected, audits, traffic, promise, certifiable, history, tighter } = body;
  return (
    <Stack>
      <Group gap="xs">
        <Badge variant="outline">{dayText(body)}</Badge>
        <Badge variant="outline">{body.kind === "observe" ? "before activation" : "while active"}</Badge>
        <Text size="sm" c="dimmed">
          since {moment(body.started_at)}; intervals hold at {percent(promise.confidence)} on all days together, so
          looking every day does no harm
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
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
        <FigureCard
          label="Projected saving"
          value={figureText(projected?.saving)}
          note={intervalNote(projected?.saving)}
          help="Of the incumbent's cost, had every eligible request been decided by the route's policy. Projected from audits, not verified."
        />
        <FigureCard
          label="Quality difference"
          value={signed(projected?.quality_difference)}
          note={intervalNote(projected?.quality_difference)}
          help={`Routed less incumbent, as judged in audits. A certificate promises no more than ${percent(promise.max_quality_loss)} lost.`}
        />
        <FigureCard
          label="Audits done"
          value={count(audits.done)}
          note={`${count(audits.queued)} wait, ${count(audits.unjudged)} could not be judged, ${count(audits.lost)} lost`}
        />
        <FigureCard
          label="Cost of audits"
          value={usd(audits.replay_usd + audits.judge_usd)}
          note={`${usd(audits.spent_today_usd)} today of ${usd(audits.daily_usd)} a day`}
        />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Card withBorder>
          <Title order={2} size="h4" mb="xs">
            Projected saving, day by day
          </Title>
          <IntervalChart title="Projected saving with its interval, by day" history={history} of={savingOf} />
        </Card>
        <Card withBorder>
          <Title order={2} size="h4" mb="xs">
            Quality difference, day by day
          </Title>
          <IntervalChart
            title="Quality difference with its interval, by day; dashed: what may be lost"
            history={history}
            of={qualityOf}
            limit={-promise.max_quality_loss}
          />
        </Card>
      </SimpleGrid>
      {tighter.audits_to_halve === null ? null : (
        <Text size="sm" c="dimmed">
          About {count(tighter.audits_to_halve)} more audits halve the interval of the quality difference
          {tighter.audits_to_show === null
            ? "."
            : `; to show a loss below ${percent(promise.max_quality_loss)} where there is none takes about ${count(tighter.audits_to_show)} in all.`}
        </Text>
      )}
      <Card withBorder>
        <Title order={2} size="h4" mb="xs">
          What a certificate could promise now
        </Title>
        <Text size="sm" c="dimmed" mb="xs">
          At most {percent(promise.max_quality_loss)} quality lost, with confidence {percent(promise.confidence)}.
        </Text>
        <StrataTable overall={certifiable.overall} strata={certifiable.strata} />
      </Card>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Card withBorder>
          <Title order={2} size="h4" mb="xs">
            By feature
          </Title>
          <DataTable
            caption="Projected by feature"
            rows={body.by.feature}
            keyOf={({ name }) => name}
            none="No request names a feature."
            columns={[
              { name: "name", title: "Feature", cell: ({ name }) => name },
              { name: "requests", title: "Requests", isNumber: true, cell: ({ requests }) => count(requests) },
              { name: "saving", title: "Saving", isNumber: true, cell: ({ saving }) => rangeText(saving) },
              {
                name: "quality",
                title: "Quality",
                isNumber: true,
                cell: ({ quality_difference: difference }) => rangeText(difference),
              },
            ]}
          />
        </Card>
        <Card withBorder>
          <Title order={2} size="h4" mb="xs">
            What prices alone would say
          </Title>
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
          <Text size="xs" c="dimmed" mt="sm">
            {body.envelope[0]?.name ?? "price-only upper bound, quality unmeasured"}: for answers half to twice as long
            as the incumbent's.
          </Text>
        </Card>
      </SimpleGrid>
      <Card withBorder>
        <Title order={2} size="h4" mb="xs">
          What it rests on
        </Title>
        <Facts
          of={[
            ["Requests", `${count(traffic.requests)}, of them ${count(traffic.eligible)} eligible`],
            ["Excluded", `${percent(traffic.excluded_share)}${reasonsText(traffic.excluded)}`],
            ["Judged by", body.judged_by.map(({ name, audits: of }) => `${name} (${count(of)})`).join(", ") || UNKNOWN],
            ["Commitment to the lots", <code key="c">{body.commitment}</code>],
            ["Salt", body.salt ?? "secret until nothing more is drawn with it"],
            ["Observations before", count(body.previous.length)],
          ]}
        />
      </Card>
    </Stack>
  );
}

function dayText({ day: today, days, state }: ObservationBody): string {
  if (days === null) return `day ${today}`;
  return state === "running" ? `day ${today} of ${days}` : `${days} days, ${state}`;
}

/** Too few audits say nothing of quality or saving, and a made-up middle would. */
function isKnown(figure: Figure | undefined): figure is Figure & { readonly value: number } {
  return figure !== undefined && figure.value !== null && figure.method !== "no_audit_bound";
}

function figureText(figure: Figure | undefined): string {
  return isKnown(figure) ? percent(figure.value) : "not yet known";
}

function signed(figure: Figure | undefined): string {
  if (!isKnown(figure)) return "not yet known";
  return `${figure.value > 0 ? "+" : ""}${percent(figure.value)}`;
}

function intervalNote(figure: Figure | undefined): string {
  if (figure === undefined) return "no eligible request yet";
  const { low, high } = figure;
  const range =
    low === null || high === null
      ? `${low === null ? "at most" : "at least"} ${percent(low ?? high)}`
      : `between ${percent(low)} and ${percent(high)}`;
  return figure.method === "no_audit_bound" ? `${range}, whatever audits will say` : range;
}

function rangeText(figure: Figure): string {
  return isKnown(figure)
    ? `${percent(figure.value)} [${percent(figure.low)}, ${percent(figure.high)}]`
    : "not yet known";
}

function reasonsText(excluded: ObservationBody["traffic"]["excluded"]): string {
  if (excluded.length === 0) return "";
  return ` (${excluded.map(({ reason, share }) => `${reason.replaceAll("_", " ")} ${percent(share)}`).join(", ")})`;
}
