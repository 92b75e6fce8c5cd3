import { Alert, Badge, Group, Stack, Text } from "@mantine/core";
import { send, withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { count, moment, percent } from "../../format.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Fault, Resource } from "../../parts/states.tsx";
import { ActivateButton } from "./activate-button.tsx";
import type { ActivationBody, ActiveRouteBody, CertificateStanding } from "./activation-body.ts";
import { CertificateFacts } from "./certificate-facts.tsx";
import { CertifyButton } from "./certify-button.tsx";
import type { ObservationBody } from "./observation-body.ts";
import { RampSteps } from "./ramp-steps.tsx";
import { RouteSteps } from "./route-steps.tsx";

interface ActivationCardProps {
  readonly route: string;
  /** null: nothing is observed, or not known yet. */
  readonly observation: ObservationBody | null;
}

/** Where a route stands between observing and routing, what it routes under, and how to begin and to stop that. */
export function ActivationCard({ route, observation }: ActivationCardProps) {
  const certificate = useApi<CertificateStanding>(withQuery("/admin/certificate", { route }));
  const activation = useApi<ActivationBody>("/admin/activation");
  const active = activation.data?.routes.find((one) => one.route === route) ?? null;
  const alarms = activation.data?.alarms.filter((alarm) => alarm.route === route) ?? [];
  return (
    <Panel title="Where this route stands">
      <Resource of={certificate}>
        {(standing) => (
          <Stack gap="md">
            <RouteSteps observation={observation} certificate={standing} active={active} />
            <CertificateFacts standing={standing} />
            {activation.error === undefined ? null : (
              <Fault error={activation.error} onRetry={() => void activation.mutate()} />
            )}
            {active === null ? null : <Active active={active} />}
            <Group align="flex-start">
              <ActivateButton route={route} />
              <CertifyButton route={route} />
              {active === null ? null : <Stop active={active} />}
            </Group>
            {alarms.map(({ at, signal, because }) => (
              <Alert key={at + signal} color="red" title={`Alarm on ${signal}, ${moment(at)}`}>
                {because}
              </Alert>
            ))}
          </Stack>
        )}
      </Resource>
    </Panel>
  );
}

function Stop({ active: { route, killed, ramp } }: { readonly active: ActiveRouteBody }) {
  const isStopped = killed !== null || (ramp !== null && ramp.rolled_back !== null);
  return (
    <Group>
      {killed === null ? (
        <ConfirmButton
          label="Kill switch"
          about={route}
          act={() => send("POST", "/admin/activation/kill", { route, because: "dashboard" })}
        >
          Every request of this route goes to its incumbent, at once and in every process within a second, until it is
          resumed here.
        </ConfirmButton>
      ) : null}
      {isStopped ? (
        <ConfirmButton
          label="Resume"
          about={route}
          color="cyan.9"
          act={() => send("POST", "/admin/activation/resume", { route })}
        >
          Requests are routed again as far as certificate and ramp allow; after a roll-back the ramp begins anew.
        </ConfirmButton>
      ) : null}
    </Group>
  );
}

function Active({
  active: { standing, override, share, killed, ramp, signals },
}: {
  readonly active: ActiveRouteBody;
}) {
  return (
    <>
      <Group gap="xs">
        <Badge variant="outline">{standing.replaceAll("_", " ")}</Badge>
        <Text size="sm">{percent(share)} of the treated sessions are routed</Text>
      </Group>
      {killed === null ? null : (
        <Alert color="red" title="The kill switch is on">
          {killed.at === null ? "By the configuration" : `Since ${moment(killed.at)}`}: {killed.because}. All requests
          go to the incumbent.
        </Alert>
      )}
      {override === null ? null : (
        <Alert color="yellow" title="Routed without a certificate">
          {override}
        </Alert>
      )}
      {ramp === null ? null : <RampSteps ramp={ramp} />}
      {ramp?.rolled_back == null ? null : (
        <Alert color="red" title={`Rolled back by itself, ${moment(ramp.rolled_back.at)}`}>
          {ramp.rolled_back.because}
        </Alert>
      )}
      <DataTable
        caption="What is watched"
        rows={signals}
        keyOf={({ signal, stratum }) => `${signal} ${stratum ?? ""}`}
        none="Nothing is watched before the ramp begins."
        columns={[
          {
            name: "signal",
            title: "Watched",
            cell: ({ signal, stratum }) => `${signal}${stratum === null ? "" : `, ${stratum}`}`,
          },
          {
            name: "mean",
            title: "Of late",
            isNumber: true,
            cell: ({ recent_mean: mean }) => (mean === null ? "—" : percent(mean)),
          },
          { name: "allowed", title: "Allowed", isNumber: true, cell: ({ allowed }) => percent(allowed) },
          { name: "looks", title: "Looks", isNumber: true, cell: ({ looks }) => count(looks) },
          { name: "evidence", title: "Evidence of harm", isNumber: true, cell: (one) => one.evidence.toFixed(1) },
          { name: "from", title: "Rolls back at", isNumber: true, cell: (one) => one.alarm_from.toFixed(0) },
        ]}
      />
    </>
  );
}
