import { Button, Fieldset, Group, SegmentedControl, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { send } from "../../api/client.ts";
import { useAction } from "../../api/use-action.ts";
import { ms } from "../../format.ts";
import { ActionFault } from "../../parts/action-fault.tsx";
import { guardrailText } from "../../words.ts";
import type { CheckBody, TriedBody } from "./guardrail-body.ts";

interface TryGuardrailProps {
  readonly name: string;
  /** As it is typed now; its name alone where it is as it is in effect. */
  readonly guardrail: unknown;
  readonly check: CheckBody;
}

/** Runs a check on a text that is typed here. Nothing is saved, served or logged. */
export function TryGuardrail({ name, guardrail, check }: TryGuardrailProps) {
  const [text, setText] = useState("");
  const [wanted, setPhase] = useState<string>(check.phases[0] ?? "input");
  const phase = check.phases.find((one) => one === wanted) ?? check.phases[0] ?? "input";
  const [tried, setTried] = useState<TriedBody | null>(null);
  const action = useAction(async () =>
    setTried(await send<TriedBody>("POST", "/admin/guardrails/try", { guardrail, phase, text })),
  );
  return (
    <Fieldset legend="Try it">
      <Stack gap="sm">
        <Textarea
          label="A text"
          description="what a user could ask, or a model answer; neither saved nor logged"
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
          autosize
          minRows={2}
          maxRows={8}
          maxLength={100_000}
        />
        <Group>
          {check.phases.length < 2 ? null : (
            <SegmentedControl
              aria-label="the text is"
              size="xs"
              value={phase}
              onChange={setPhase}
              data={[
                { value: "input", label: "asked" },
                { value: "output", label: "answered" },
              ]}
            />
          )}
          <Button
            variant="default"
            size="xs"
            disabled={text === ""}
            loading={action.isBusy}
            onClick={() => void action.run()}
          >
            Try
          </Button>
        </Group>
        <ActionFault error={action.error} />
        {tried === null || action.error !== null ? null : (
          <div role="status">
            <Text size="sm" className="weir-break">
              {guardrailText({ name, outcome: tried.outcome, found: tried.found })} ({ms(tried.ms)})
            </Text>
            {tried.text === null ? null : <pre className="weir-text">{tried.text}</pre>}
          </div>
        )}
      </Stack>
    </Fieldset>
  );
}
