import {
  Button,
  Card,
  Group,
  MultiSelect,
  Select,
  SimpleGrid,
  Slider,
  Stack,
  Text,
  Textarea,
  Title,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";
import type { RouteDecision } from "../../../../engine/schema/decision.ts";
import type { Home } from "../../api/bodies.ts";
import { type RequestError, send } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { percent, usd } from "../../format.ts";
import { CandidateTable } from "../../parts/candidate-table.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Fault, PageHead } from "../../parts/states.tsx";
import { AnswerCard } from "./answer-card.tsx";

const TYPING_MS = 250;

/** A prompt's decision while it is typed, and its answers by several models side by side. */
export default function Playground() {
  const { data: home } = useApi<Home>("/?format=json");
  const [prompt, setPrompt] = useState("Prove that the square root of 2 is irrational.");
  const [route, setRoute] = useState("default");
  const [floor, setFloor] = useState(0);
  const [models, setModels] = useState<string[]>(["weir/auto"]);
  const [sent, setSent] = useState<{ readonly prompt: string; readonly models: readonly string[] } | null>(null);
  const [typed] = useDebouncedValue(prompt, TYPING_MS);
  const { decision, error } = useDecision(typed, route, floor);
  const known = decision?.candidates?.map(({ model }) => model) ?? [];
  return (
    <>
      <PageHead title="Playground" />
      <Stack>
        <Textarea
          label="Prompt"
          value={prompt}
          onChange={(event) => setPrompt(event.currentTarget.value)}
          autosize
          minRows={4}
          maxRows={16}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <Select
            label="Route"
            data={[...(home?.routes ?? ["default"])]}
            value={route}
            onChange={(name) => setRoute(name ?? "default")}
            allowDeselect={false}
          />
          <div>
            <Text size="sm" fw={500} id="floor">
              Floor on the expected quality: {floor === 0 ? "none" : percent(floor)}
            </Text>
            <Slider
              aria-labelledby="floor"
              thumbLabel="Floor on the expected quality"
              min={0}
              max={1}
              step={0.01}
              value={floor}
              onChange={setFloor}
              label={percent}
            />
          </div>
        </SimpleGrid>
        {error === null ? null : <Fault error={error} />}
        {decision === null ? null : (
          <Card withBorder aria-live="polite">
            <Title order={2} size="h4" mb="sm">
              {decision.model}
            </Title>
            <Facts
              of={[
                ["Why", decision.reason.replaceAll("_", " ")],
                ["Complexity", decision.complexity === null ? "unknown" : decision.complexity.toFixed(2)],
                ["Task", decision.task ?? "unknown"],
                ["Expected quality", decision.quality === null ? "unknown" : decision.quality.toFixed(3)],
                ["Expected cost", usd(decision.cost_usd)],
                ["Less than the incumbent", usd(decision.saving_usd)],
                ["Far from training", decision.out_of_distribution ? "yes: the incumbent serves" : "no"],
              ]}
            />
            <CandidateTable candidates={decision.candidates ?? []} chosen={decision.model} />
          </Card>
        )}
        <Group align="flex-end">
          <MultiSelect
            label="Ask"
            description="each of these gets the prompt"
            data={["weir/auto", ...known]}
            value={models}
            onChange={setModels}
            maxValues={4}
            flex={1}
            miw={220}
          />
          <Button disabled={models.length === 0 || prompt === ""} onClick={() => setSent({ prompt, models })}>
            Send
          </Button>
        </Group>
        {sent === null ? null : (
          <SimpleGrid cols={{ base: 1, md: Math.min(2, sent.models.length) }}>
            {sent.models.map((model) => (
              <AnswerCard key={`${model} ${sent.prompt}`} model={model} prompt={sent.prompt} route={route} />
            ))}
          </SimpleGrid>
        )}
      </Stack>
    </>
  );
}

function useDecision(prompt: string, route: string, floor: number) {
  const [decision, setDecision] = useState<RouteDecision | null>(null);
  const [error, setError] = useState<RequestError | null>(null);
  useEffect(() => {
    if (prompt.trim() === "") {
      setDecision(null);
      return undefined;
    }
    let isCurrent = true;
    const body = { prompt, route, explain: true, ...(floor === 0 ? {} : { quality: floor }) };
    send<RouteDecision>("POST", "/route", body).then(
      (answer) => {
        if (!isCurrent) return;
        setDecision(answer);
        setError(null);
      },
      (cause: RequestError) => {
        if (isCurrent) setError(cause);
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [prompt, route, floor]);
  return { decision, error };
}
