import { Select, Stack, Text } from "@mantine/core";
import { useHashQuery } from "../../api/hash-location.ts";
import { day } from "../../format.ts";
import { RoutePicker, useRoute } from "../../parts/route-picker.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import { ActivationCard } from "./activation-card.tsx";
import { Observed } from "./observed.tsx";
import { useTellingObservation } from "./use-telling-observation.ts";
import { Verdict } from "./verdict.tsx";

/** What routing would have saved, how sure that is, what a certificate still needs, and how it is activated. */
export default function Observation() {
  const { route } = useRoute();
  const [query, change] = useHashQuery();
  const { current, name, shown } = useTellingObservation(route, query.get("observation"));
  const isUnobserved = current.error?.code === "not_found";
  return (
    <>
      <PageHead title="Observation" about="What routing would save here, how sure that is, and whether it may begin">
        {current.data === undefined || current.data.previous.length === 0 ? null : (
          <Select
            aria-label="observation"
            size="xs"
            w={240}
            data={[current.data, ...current.data.previous].map((one) => ({
              value: one.observation,
              label: `${one.kind === "observe" ? "before activation" : "while active"}, from ${day(new Date(one.started_at))}`,
            }))}
            value={name ?? current.data.observation}
            onChange={(value) => change({ observation: value })}
            allowDeselect={false}
          />
        )}
        <RoutePicker />
      </PageHead>
      <Stack>
        {shown.data === undefined ? null : <Verdict body={shown.data} />}
        {route === null ? null : <ActivationCard route={route} observation={current.data ?? null} />}
        {isUnobserved && route !== null ? (
          <NotObserved route={route} />
        ) : (
          <Resource of={shown}>{(body) => <Observed body={body} />}</Resource>
        )}
      </Stack>
    </>
  );
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
