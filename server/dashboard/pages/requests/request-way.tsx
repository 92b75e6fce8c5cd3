import { Text, Timeline } from "@mantine/core";
import type { LogRecord } from "../../api/bodies.ts";
import { cost, count, ms, named } from "../../format.ts";
import { cacheText, guardrailText, outcomeText, reasonText } from "../../words.ts";

const COLOURS = { fault: "red", idle: "gray.5", plain: "cyan" } as const;

interface Step {
  readonly title: string;
  readonly text: string;
  readonly kind?: keyof typeof COLOURS;
}

/** Each stage of a request in its order; what was not there is said, not left out. */
export function RequestWay({ of: row }: { readonly of: LogRecord }) {
  const steps = stepsOf(row);
  return (
    <Timeline active={steps.length} bulletSize={16} lineWidth={2}>
      {steps.map(({ title, text, kind = "plain" }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a story's steps keep their places
        <Timeline.Item key={i} title={title} color={COLOURS[kind]}>
          <Text size="sm" className="weir-break" {...(kind === "idle" ? { c: "dimmed" } : {})}>
            {text}
          </Text>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

function stepsOf(row: LogRecord): Step[] {
  const attempts = row.attempts ?? [];
  const guardrails = row.guardrails ?? [];
  const decision = decisionText(row);
  return [
    admissionStep(row, attempts.length),
    guardrails.length === 0
      ? { title: "Guardrails", text: "none had anything to say", kind: "idle" }
      : { title: "Guardrails", text: guardrails.map(guardrailText).join("; ") },
    {
      title: "Cache",
      text: cacheText(row.cache),
      ...(row.cache == null || row.cache === "bypass" ? { kind: "idle" } : {}),
    },
    decision === null
      ? { title: "Decision", text: "none: the client named the model", kind: "idle" }
      : { title: "Decision", text: decision },
    ...attempts.map(
      ({ upstream, model, outcome, status, ms: took }, i): Step => ({
        title: `Attempt ${i + 1}: ${model} at ${upstream}`,
        text: `${outcomeText(outcome)}${status === null || status === 200 ? "" : ` (${status})`} after ${ms(took)}`,
        ...(outcome === "ok" ? {} : { kind: "fault" }),
      }),
    ),
    {
      title: "Answer",
      text: `${row.first_token_ms == null ? "" : `first content after ${ms(row.first_token_ms)}, `}whole after ${ms(row.duration_ms)}, of which Weir's own ${ms(row.overhead_ms)}`,
      ...((row.status ?? 200) < 400 ? {} : { kind: "fault" }),
    },
    { title: "Tokens and cost", text: tokensText(row) },
  ];
}

function admissionStep(row: LogRecord, attempts: number): Step {
  const title = "Limits and budget";
  if (row.status === 402 || row.error?.includes("budget") === true)
    return { title, text: "refused: a budget is used up", kind: "fault" };
  if (row.status === 429 && attempts === 0) return { title, text: "refused: a limit is reached", kind: "fault" };
  return { title, text: "let through" };
}

function tokensText(row: LogRecord): string {
  const cached = row.cache_read_tokens ?? 0;
  const reasoning = row.reasoning_tokens ?? 0;
  return [
    `${count(row.input_tokens)} in${cached === 0 ? "" : ` (${count(cached)} of them from the vendor's cache)`}`,
    `${count(row.output_tokens)} out${reasoning === 0 ? "" : ` (${count(reasoning)} of them reasoning)`}`,
    ...(row.tokens_estimated === true ? ["estimated"] : []),
    cost(row.cost_usd),
  ].join(", ");
}

/** null: nothing was decided. */
function decisionText({ decision, model }: LogRecord): string | null {
  if (decision == null) return null;
  const { reason, policy, complexity, task } = decision;
  const parts = [
    `${named(decision.model)}: ${reasonText(reason ?? "")}`,
    ...(policy === undefined ? [] : [`policy ${policy}`]),
    ...(complexity == null ? [] : [`complexity ${complexity.toFixed(2)}`]),
    ...(task == null ? [] : [`task ${task}`]),
  ];
  const followed = decision.model === model || model === null ? "" : `. Not followed: ${named(model)} answered`;
  return `${parts.join(", ")}${followed}`;
}
