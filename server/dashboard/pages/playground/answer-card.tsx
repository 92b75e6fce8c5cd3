import { Badge, Card, Group, Loader, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { cost } from "../../format.ts";
import { type ModelAnswer, streamAnswer } from "./stream-answer.ts";

interface AnswerCardProps {
  readonly model: string;
  readonly prompt: string;
  readonly route: string;
}

const NOTHING: ModelAnswer = { text: "", model: null, costUsd: null, isSimulated: false, fault: null, isDone: false };

/** One model's answer as it streams in. */
export function AnswerCard({ model, prompt, route }: AnswerCardProps) {
  const [answer, setAnswer] = useState<ModelAnswer>(NOTHING);
  useEffect(() => {
    const controller = new AbortController();
    void streamAnswer({ model, prompt, route }, setAnswer, controller.signal);
    return () => controller.abort();
  }, [model, prompt, route]);
  return (
    <Card withBorder component="section" aria-label={`answer of ${model}`} aria-busy={!answer.isDone}>
      <Group justify="space-between" mb="xs">
        <Text fw={600}>{answer.model ?? model}</Text>
        <Group gap="xs">
          {answer.isSimulated ? <Badge color="yellow">simulated</Badge> : null}
          {answer.isDone ? <Text size="sm">{cost(answer.costUsd)}</Text> : <Loader size="xs" aria-label="answering" />}
        </Group>
      </Group>
      {answer.fault === null ? null : (
        <Text c="red" role="alert" className="weir-break">
          {answer.fault}
        </Text>
      )}
      <pre className="weir-text">{answer.text}</pre>
    </Card>
  );
}
