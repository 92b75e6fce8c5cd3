import { Alert, Badge, Card, Group, Stack, Text, Title } from "@mantine/core";
import { send, withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { count, moment, percent } from "../../format.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Resource } from "../../parts/states.tsx";
import type { ActivationBody, ActiveRouteBody, CertificateStanding } from "./activation-body.ts";
import { CertifyButton } from "./certify-button.tsx";
import { RampSteps } from "./ramp-steps.tsx";

/** The certificate of a route, what it routes under it, and how to stop that. */
export function ActivationCard({ route }: { readonly route: string }) {
  const certificate = useApi<CertificateStanding>(withQuery("/admin/certificate", { route }));
  const activation = useApi<ActivationBody>("/admin/activation");
  const active = activation.data?.routes.find((one) => one.route === route) ?? null;
  const alarms = activation.data?.alarms.filter((alarm) => alarm.route === route) ?? [];
  return (
    <Card withBorder mt="md">
      <Title order={2} size="h4" mb="xs">
        Certificate and activation
      </Title>
      <Resource of={certificate}>
        {(standing) => (
          <Stack gap="sm">
            <Held standing={standing} />
            <Group align="flex-start">
              <CertifyButton route={route} />
              {active === null ? null : <Stop active={active} />}
            </Group>
            {active === null ? (
              <Text size="sm">
                The route is not active. To activate it, set <code>routes.{route}.mode</code> to <code>active</code> in
                weir.yaml: a valid certificate then lets 1 %, 10 %, 50 % and all of the sessions be routed, one step a
                day, and goes back by itself when quality, errors or latency get worse.
              </Text>
            ) : (
              <Active active={active} />
            )}
            {alarms.map(({ at, signal, because }) => (
              <Alert key={at + signal} color="red" title={`Alarm on ${signal}, ${moment(at)}`}>
                {because}
              </Alert>
            ))}
          </Stack>
        )}
      </Resource>
    </Card>
  );
}

function Held({ standing: { certificate, valid, void_because: reasons } }: { readonly standing: CertificateStanding }) {
  if (certificate === null) return <Text size="sm">No certificate was issued for this route.</Text>;
  return (
    <>
      <Group gap="xs">
        <Badge color={valid ? "green.9" : "red.9"}>{valid ? "valid" : "void"}</Badge>
        <Text size="sm">
          at most {percent(certificate.max_quality_loss)} quality lost, with confidence{" "}
          {percent(certificate.confidence)}
        </Text>
      </Group>
      {reasons.map(({ code, message }) => (
        <Text size="sm" key={code}>
          Void: {message}
        </Text>
      ))}
      <Facts
        of={[
          ["Issued", moment(certificate.issued_at)],
          ["Expires", moment(certificate.expires_at)],
          [
            "Rests on",
            `${count(certificate.strata.reduce((sum, { n }) => sum + n, 0))} audits, judged by ${certificate.judged_by}`,
          ],
          ["Routed", certificate.strata.map(({ routed_share: share }) => percent(share ?? 0)).join(", ")],
          ["Nothing is claimed on", `${percent(certificate.excluded_share)} of requests`],
          ["Digest", <code key="d">{certificate.digest}</code>],
        ]}
      />
    </>
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
          {
            name: "evidence",
            title: "Evidence of harm",
            isNumber: true,
            cell: ({ evidence, alarm_from: from }) => `${evidence.toFixed(1)} of ${from.toFixed(0)}`,
          },
        ]}
      />
    </>
  );
}
