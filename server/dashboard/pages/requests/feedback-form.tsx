import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import type { LogRecord } from "../../api/bodies.ts";
import { send } from "../../api/client.ts";
import { useAction } from "../../api/use-action.ts";
import { ActionFault } from "../../parts/action-fault.tsx";

interface FeedbackFormProps {
  readonly id: string;
  readonly given: NonNullable<LogRecord["feedback"]>;
}

/** How good the answer was, for training; one of each source, the last holds. */
export function FeedbackForm({ id, given }: FeedbackFormProps) {
  const [comment, setComment] = useState("");
  const action = useAction((label: "good" | "bad") =>
    send("POST", "/feedback", { id, label, source: "user", ...(comment === "" ? {} : { comment }) }),
  );
  return (
    <Stack gap="sm">
      {given.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nobody said anything yet.
        </Text>
      ) : (
        given.map(({ source, score, comment: words }) => (
          <Text size="sm" key={source}>
            {source}: {score === undefined ? "" : score.toFixed(2)} {words ?? ""}
          </Text>
        ))
      )}
      <Textarea
        label="Comment"
        description="optional; kept with the request"
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
        maxLength={4000}
        autosize
      />
      <ActionFault error={action.error} />
      <Group>
        <Button size="xs" color="teal.9" loading={action.isBusy} onClick={() => void action.run("good")}>
          Good answer
        </Button>
        <Button size="xs" color="red.9" loading={action.isBusy} onClick={() => void action.run("bad")}>
          Bad answer
        </Button>
      </Group>
    </Stack>
  );
}
