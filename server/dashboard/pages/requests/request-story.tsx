import { Anchor, Card, Stack } from "@mantine/core";
import { Link } from "wouter";
import type { LogRecord } from "../../api/bodies.ts";
import { useApi } from "../../api/use-api.ts";
import { useKeyNames } from "../../api/use-key-names.ts";
import { cost, moment, named } from "../../format.ts";
import { CandidateTable } from "../../parts/candidate-table.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Panel } from "../../parts/panel.tsx";
import { PageHead, Resource } from "../../parts/states.tsx";
import { FeedbackForm } from "./feedback-form.tsx";
import { ReplayButton } from "./replay-button.tsx";
import { RequestWay } from "./request-way.tsx";

/** What happened to one request, from who asked to what it cost. */
export function RequestStory({ id }: { readonly id: string }) {
  const keyName = useKeyNames();
  const record = useApi<LogRecord>(`/admin/requests/${encodeURIComponent(id)}`);
  return (
    <>
      <PageHead title="One request" about="Who asked, what was decided and why, who answered and what it cost">
        <Anchor component={Link} href="/requests">
          All requests
        </Anchor>
      </PageHead>
      <Resource of={record}>
        {(row) => (
          <Stack>
            <Card withBorder>
              <Facts of={factsOf(row, keyName)} />
            </Card>
            <Panel title="What happened" note="Every stage in its order">
              <RequestWay of={row} />
            </Panel>
            {row.decision?.candidates === undefined ? null : (
              <Panel
                title="Candidates of the decision"
                note="What the router expected before any of them was asked; quality is the chance of a good answer"
              >
                <CandidateTable candidates={row.decision.candidates} chosen={row.decision.model ?? null} />
                <ReplayButton decisionId={row.decision.decision_id ?? ""} />
              </Panel>
            )}
            {row.content == null ? null : (
              <Panel title={row.content.redacted === true ? "Text (redacted)" : "Text"}>
                <pre className="weir-text">{JSON.stringify(row.content, null, 2)}</pre>
              </Panel>
            )}
            <Panel title="Feedback" note="How good was this answer? What is said here trains the next router.">
              <FeedbackForm id={row.id} given={row.feedback ?? []} />
            </Panel>
          </Stack>
        )}
      </Resource>
    </>
  );
}

function factsOf(row: LogRecord, keyName: (id: string) => string) {
  return [
    ["Request", row.id],
    ["Time", moment(row.at)],
    ["Status", `${row.status ?? "unknown"}${row.error == null ? "" : ` (${row.error})`}`],
    ["Asked for", named(row.requested_model)],
    ["Answered by", named(row.model)],
    ["Route", named(row.route)],
    ["Arm", named(row.arm)],
    ["Feature", named(row.feature)],
    ["Team", named(row.team)],
    ["Tenant", named(row.tenant)],
    ["User", named(row.user)],
    ["Key", row.key_id == null ? named(null) : keyName(row.key_id)],
    ["Session", named(row.session)],
    ["Dialect", `${named(row.dialect)}${row.stream === true ? ", streamed" : ""}`],
    ...Object.entries(row.metadata ?? {}).map(([name, value]) => [`Metadata: ${name}`, String(value)] as const),
    ["Cost", cost(row.cost_usd)],
    ["At the incumbent", cost(row.incumbent_cost_usd)],
  ] as const;
}
