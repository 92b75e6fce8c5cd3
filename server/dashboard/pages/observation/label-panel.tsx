import { Button, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { send, withQuery } from "../../api/client.ts";
import { useAction } from "../../api/use-action.ts";
import { useApi } from "../../api/use-api.ts";
import { count, percent } from "../../format.ts";
import { ActionFault } from "../../parts/action-fault.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Resource } from "../../parts/states.tsx";

interface LabelTask {
  readonly request: string;
  readonly question: string;
  readonly a: string;
  readonly b: string;
}

/** More than are shown, so that the next one is there at once. */
const ASKED = 20;
const VERDICTS = [
  { better: "a", text: "A is better" },
  { better: "tie", text: "As good as each other" },
  { better: "b", text: "B is better" },
] as const;

interface LabelPanelProps {
  readonly route: string;
  readonly labels: { readonly people: number; readonly share: number };
}

/** Where people say which of two answers is better, without knowing whose they are; the judge is corrected by it. */
export function LabelPanel({ route, labels: { people, share } }: LabelPanelProps) {
  const tasks = useApi<{ readonly tasks: readonly LabelTask[] }>(
    withQuery("/admin/observation/labels", { route, limit: ASKED }),
  );
  return (
    <Panel
      title="Label by people"
      note={`${percent(share)} of the audits are drawn for people, whose word corrects the judge from 20 labels on; ${count(people)} are given. Which model wrote which answer is not told.`}
    >
      <Resource of={tasks}>
        {({ tasks: [task, ...more] }) =>
          task === undefined ? (
            <Text size="sm" c="dimmed">
              No audit waits for a label.
            </Text>
          ) : (
            <Comparison task={task} waiting={more.length} />
          )
        }
      </Resource>
    </Panel>
  );
}

function Comparison({ task, waiting }: { readonly task: LabelTask; readonly waiting: number }) {
  const action = useAction((better: (typeof VERDICTS)[number]["better"]) =>
    send("POST", "/admin/observation/labels", { labels: [{ request: task.request, better }] }),
  );
  const question = useRef<HTMLHeadingElement>(null);
  const first = useRef(task.request);
  useEffect(() => {
    // Whoever labels by keyboard goes on where the next question begins.
    if (first.current !== task.request) question.current?.focus();
    first.current = task.request;
  }, [task.request]);
  return (
    <Stack gap="sm">
      <Title order={3} size="h6" tabIndex={-1} ref={question}>
        Asked
      </Title>
      <pre className="weir-text">{task.question}</pre>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {(["a", "b"] as const).map((side) => (
          <Card withBorder key={side} component="section" aria-label={`answer ${side.toUpperCase()}`}>
            <Title order={3} size="h6" mb={4}>
              {side.toUpperCase()}
            </Title>
            <pre className="weir-text">{task[side]}</pre>
          </Card>
        ))}
      </SimpleGrid>
      <ActionFault error={action.error} />
      <Group>
        {VERDICTS.map(({ better, text }) => (
          <Button
            key={better}
            variant="default"
            size="xs"
            loading={action.isBusy}
            onClick={() => void action.run(better)}
          >
            {text}
          </Button>
        ))}
        <Text size="sm" c="dimmed">
          {waiting === 0
            ? "the last one for now"
            : `${waiting === ASKED - 1 ? "at least " : ""}${count(waiting)} more wait`}
        </Text>
      </Group>
    </Stack>
  );
}
