import { Anchor, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Usage } from "../../api/bodies.ts";
import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { count, day, percent, usd } from "../../format.ts";
import { Panel } from "../../parts/panel.tsx";
import { useRoute } from "../../parts/route-picker.tsx";
import type { CertificateStanding } from "../observation/activation-body.ts";
import type { SavingsBody } from "../savings/savings-body.ts";

/** What Weir does and what it made of this time, in three sentences: paid instead of, at which quality, and how sure. */
export function Story({ total }: { readonly total: Usage["total"] }) {
  const { route } = useRoute();
  const certificate = useApi<CertificateStanding>(route === null ? null : withQuery("/admin/certificate", { route }));
  const savings = useApi<SavingsBody>(route === null ? null : withQuery("/admin/savings", { route }));
  return (
    <Panel
      title="What Weir does here"
      note="It asks, for each request, the cheapest model that is good enough, and the incumbent where it is not sure"
    >
      <dl className="weir-story">
        <Told name="Paid" to="/costs" more="where the money went">
          {paidText(total)}
        </Told>
        <Told name="Quality" to={withQuery("/observation", { route })} more="what audits found">
          {toldOf(certificate, (standing) => qualityText(route ?? "", standing))}
        </Told>
        <Told name="Proof" to={withQuery("/savings", { route })} more="the ledger">
          {toldOf(savings, proofText)}
        </Told>
      </dl>
    </Panel>
  );
}

/** What is told of an answer; that it could not be had, where it could not. */
function toldOf<Data>({ data, error }: ReturnType<typeof useApi<Data>>, tell: (data: Data) => string): string {
  if (data !== undefined) return tell(data);
  return error === undefined ? "" : `Could not be loaded (${error.message}):`;
}

interface ToldProps {
  readonly name: string;
  readonly to: string;
  readonly more: string;
  readonly children: ReactNode;
}

function Told({ name, to, more, children }: ToldProps) {
  return (
    <div>
      <Text component="dt" size="sm" fw={600}>
        {name}
      </Text>
      <Text component="dd" size="sm">
        {children}{" "}
        <Anchor component={Link} href={to} underline="always">
          {more}
        </Anchor>
      </Text>
    </div>
  );
}

function paidText({ cost_usd: paid, saved_usd: saved }: Usage["total"]): string {
  if (paid === null) return "No request has a known price.";
  const before = paid + saved;
  if (saved <= 0 || before <= 0) return `${usd(paid)}, and nothing less than at the incumbents' list prices so far.`;
  return `${usd(paid)} instead of ${usd(before)} at the incumbents' list prices: ${percent(saved / before)} less, projected.`;
}

function qualityText(route: string, { certificate, valid, void_because: reasons }: CertificateStanding): string {
  if (certificate === null) return `Nothing is certified on the route ${route} yet:`;
  if (!valid) return `The certificate of the route ${route} is void (${reasons[0]?.message ?? "no reason given"}):`;
  const { max_quality_loss: loss, confidence, expires_at: end } = certificate;
  return `Certified on the route ${route}: at most ${percent(loss)} lost, with confidence ${percent(confidence)}, until ${day(new Date(end))}.`;
}

function proofText({ months, terms }: SavingsBody): string {
  const month = months.at(-1);
  if (month === undefined || month.saved_usd === null) return "Nothing is verified against sessions held back yet:";
  const { saved_usd: saved, saved_low_usd: low, saved_high_usd: high, sessions } = month;
  const range = low === null || high === null ? "" : ` [${usd(low)}, ${usd(high)}]`;
  const kept = `${count(sessions.holdout)} sessions that lots kept on ${terms?.incumbent ?? "the incumbent"}`;
  return `Verified in ${month.month}: ${usd(saved)}${range} saved, measured against ${kept}.`;
}
