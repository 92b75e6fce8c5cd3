import { Anchor, SimpleGrid, Stack, Text } from "@mantine/core";
import { Link } from "wouter";
import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { percent } from "../../format.ts";
import { Facts } from "../../parts/facts.tsx";
import { Panel } from "../../parts/panel.tsx";
import { RoutePicker, useRoute } from "../../parts/route-picker.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import type { CertificateStanding } from "../observation/activation-body.ts";
import { AlarmList } from "./alarm-list.tsx";
import { CanaryButton } from "./canary-button.tsx";
import type { DriftBody, DriftInputBody } from "./drift-body.ts";
import { InputPanel } from "./input-panel.tsx";
import { ModelPanel } from "./model-panel.tsx";
import { PricePanel } from "./price-panel.tsx";

interface DriftSettings {
  readonly drift: {
    readonly fingerprints: string;
    readonly canaries?: { readonly everyHours: number; readonly dailyUsd: number };
  };
}

/** Whether requests, answers, models and prices still are what they were when the route was certified. */
export default function Drift() {
  const { route } = useRoute();
  const drift = useApi<DriftBody>(route === null ? null : withQuery("/admin/drift", { route }));
  const input = useApi<DriftInputBody>(route === null ? null : withQuery("/admin/drift/input", { route }));
  const certificate = useApi<CertificateStanding>(route === null ? null : withQuery("/admin/certificate", { route }));
  const { data: settings } = useApi<DriftSettings>("/admin/settings");
  const canaries = settings?.drift.canaries;
  return (
    <>
      <PageHead
        title="Drift"
        about="Whether requests, answers, models and prices still are what they were when this route was certified"
      >
        {canaries === undefined ? null : <CanaryButton sum={canaries.dailyUsd} />}
        <RoutePicker />
      </PageHead>
      <Resource of={drift}>
        {({ models, alarms, false_alarm_rate: rate }) => (
          <Stack>
            <SimpleGrid cols={{ base: 1, lg: 2 }}>
              <Panel title="Alarms" note="Newest first; each voids the certificate that it touches">
                <Stack>
                  <AlarmList alarms={alarms} />
                  <Text size="sm">{certificate.data === undefined ? "" : voidText(certificate.data)}</Text>
                </Stack>
              </Panel>
              <Panel title="What is watched">
                <Facts
                  of={[
                    ["Input", "shares of tasks, and the prompts themselves, against those of the certificate"],
                    [
                      "Outcome",
                      <Anchor key="o" component={Link} href={withQuery("/observation", { route })}>
                        quality by audits, errors and latency
                      </Anchor>,
                    ],
                    [
                      "Provider",
                      "versions, refusals and lengths of every model below; limits of charts stand from the 15th day on",
                    ],
                    ["Canaries", canaryText(canaries)],
                    ["Price", "of every model that the certificate names"],
                    ["False alarms", `${percent(rate)} of one signal of one model, ever, while it stays as it was`],
                  ]}
                />
              </Panel>
            </SimpleGrid>
            <Resource of={input} lines={2}>
              {(body) => (
                <>
                  <InputPanel of={body} />
                  <PricePanel prices={body.prices} />
                </>
              )}
            </Resource>
            {models.length === 0 ? (
              <Empty title="No model has answered yet">
                Each model that answers on this route appears here, with what it answers as, how long its answers are
                and how often it refuses.
              </Empty>
            ) : null}
            {models.map((model) => (
              <ModelPanel key={model.model} of={model} />
            ))}
          </Stack>
        )}
      </Resource>
    </>
  );
}

function canaryText(canaries: DriftSettings["drift"]["canaries"]): string {
  return canaries === undefined
    ? "none: they cost money, so drift.canaries asks for them (Settings, Drift)"
    : `every ${canaries.everyHours} hours, questions whose answers are known`;
}

function voidText({ certificate, valid, void_because: reasons }: CertificateStanding): string {
  if (certificate === null) return "No certificate was issued for this route, so none can be voided.";
  if (valid) return "The certificate of this route holds.";
  return `The certificate of this route is void: ${reasons.map(({ message }) => message).join("; ")}.`;
}
