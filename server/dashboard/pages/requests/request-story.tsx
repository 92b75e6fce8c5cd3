import { Anchor, Card, Stack, Text, Timeline, Title } from "@mantine/core";
import { Link } from "wouter";
import type { LogRecord } from "../../api/bodies.ts";
import { useApi } from "../../api/use-api.ts";
import { count, moment, ms, named, usd } from "../../format.ts";
import { CandidateTable } from "../../parts/candidate-table.tsx";
import { Facts } from "../../parts/facts.tsx";
import { PageHead, Resource } from "../../parts/states.tsx";
import { FeedbackForm } from "./feedback-form.tsx";
import { ReplayButton } from "./replay-button.tsx";

/** What happened to one request, from who asked to what it cost. */
export function RequestStory({ id }: { readonly id: string }) {
  const record = useApi<LogRecord>(`/admin/requests/${encodeURIComponent(id)}`);
  return (
    <>
      <PageHead title="One request">
        <Anchor component={Link} href="/requests">
          All requests
        </Anchor>
      </PageHead>
      <Resource of={record}>
        {(row) => (
          <Stack>
            <Card withBorder>
              <Facts of={factsOf(row)} />
            </Card>
            <Card withBorder>
              <Title order={2} size="h4" mb="md">
                Its way
              </Title>
              <Way of={row} />
            </Card>
            {row.decision?.candidates === undefined ? null : (
              <Card withBorder>
                <Title order={2} size="h4" mb="sm">
                  Candidates of the decision
                </Title>
                <CandidateTable candidates={row.decision.candidates} chosen={row.decision.model ?? null} />
                <ReplayButton decisionId={row.decision.decision_id ?? ""} />
              </Card>
            )}
            {row.content == null ? null : (
              <Card withBorder>
                <Title order={2} size="h4" mb="sm">
                  Text {row.content.redacted === true ? "(redacted)" : ""}
                </Title>
                <pre className="weir-text">{JSON.stringify(row.content, null, 2)}</pre>
              </Card>
            )}
            <Card withBorder>
              <Title order={2} size="h4" mb="sm">
                Feedback
              </Title>
              <FeedbackForm id={row.id} given={row.feedback ?? []} />
            </Card>
          </Stack>
        )}
      </Resource>
    </>
  );
}

function factsOf(row: LogRecord) {
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
    ["Key", named(row.key_id)],
    ["Session", named(row.session)],
    ["Dialect", `${named(row.dialect)}${row.stream === true ? ", streamed" : ""}`],
    ["Cost", usd(row.cost_usd)],
    ["At the incumbent", usd(row.incumbent_cost_usd)],
  ] as const;
}

/** Each stage in its order; what was not there is said, not left out. */
function Way({ of: row }: { readonly of: LogRecord }) {
  const attempts = row.attempts ?? [];
  const steps = [
    {
      title: "Limits and budget",
      text:
        row.error?.includes("budget") || row.status === 402
          ? "refused by a budget"
          : row.status === 429 && attempts.length === 0
            ? "refused by a limit"
            : "let through",
    },
    { title: "Guardrails", text: guardrailText(row) },
    { title: "Cache", text: row.cache ?? "not asked" },
    { title: "Decision", text: decisionText(row) },
    ...attempts.map(({ upstream, model, outcome, status, ms: took }, i) => ({
      title: `Attempt ${i + 1}: ${upstream} / ${model}`,
      text: `${outcome}${status === null ? "" : ` (${status})`} after ${ms(took)}`,
      isFault: outcome !== "ok",
    })),
    {
      title: "Answer",
      text: `${row.first_token_ms == null ? "" : `first content after ${ms(row.first_token_ms)}, `}whole after ${ms(row.duration_ms)}, of which Weir's own ${ms(row.overhead_ms)}`,
    },
    {
      title: "Tokens and cost",
      text: `${count(row.input_tokens)} in (${count(row.cache_read_tokens ?? 0)} from the vendor's cache), ${count(row.output_tokens)} out (${count(row.reasoning_tokens ?? 0)} reasoning)${row.tokens_estimated === true ? ", estimated" : ""}: ${usd(row.cost_usd)}`,
    },
  ];
  return (
    <Timeline active={steps.length} bulletSize={18} lineWidth={2}>
      {steps.map(({ title, text, ...step }, i) => (
        <Timeline.Item
          // biome-ignore lint/suspicious/noArrayIndexKey: a story's steps keep their places
          key={i}
          title={title}
          color={"isFault" in step && step.isFault === true ? "red" : "cyan"}
        >
          <Text size="sm" className="weir-break">
            {text}
          </Text>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

function guardrailText({ guardrails }: LogRecord): string {
  if (guardrails == null || guardrails.length === 0) return "none had anything to say";
  return guardrails.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join("; ");
}

function decisionText({ decision, model }: LogRecord): string {
  if (decision == null) return "the client named the model";
  const { reason, policy, complexity, task, out_of_distribution: isFar } = decision;
  const followed = decision.model === model ? "" : ` (it chose ${named(decision.model)}; the route did not follow)`;
  const known = complexity == null ? "" : `, complexity ${complexity.toFixed(2)}`;
  return `${reason} by ${policy}${known}${task == null ? "" : `, task ${task}`}${isFar === true ? ", far from what the router was trained on" : ""}${followed}`;
}
