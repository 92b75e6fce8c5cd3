import { Box, Button, Group, MultiSelect, Select, SimpleGrid, Slider, Stack, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";
import type { RouteDecision } from "../../../../engine/schema/decision.ts";
import { type RequestError, send } from "../../api/client.ts";
import { cost, percent } from "../../format.ts";
import { CandidateTable } from "../../parts/candidate-table.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useRoute } from "../../parts/route-picker.tsx";
import { Fault, PageHead } from "../../parts/states.tsx";
import { reasonText } from "../../words.ts";
import { AnswerCard } from "./answer-card.tsx";

const TYPING_MS = 250;
/** Whatever the chosen route decides. */
const ROUTED = "routed";

interface Sent {
  readonly prompt: string;
  readonly models: readonly string[];
  readonly route: string;
}

/** A prompt's decision while it is typed, and its answers by several models side by side. */
export default function Playground() {
  const [prompt, setPrompt] = useState("Prove that the square root of 2 is irrational.");
  const { route: usual, routes } = useRoute();
  const [picked, setRoute] = useState<string | null>(null);
  const route = picked ?? usual ?? "default";
  const [floor, setFloor] = useState(0);
  const [models, setModels] = useState<string[]>([ROUTED]);
  const [sent, setSent] = useState<Sent | null>(null);
  const [typed] = useDebouncedValue(prompt, TYPING_MS);
  const { decision, error } = useDecision(typed, route, floor);
  const known = decision?.candidates?.map(({ model }) => model) ?? [];
  return (
    <>
      <PageHead
        title="Playground"
        about="What would be decided for a prompt, while you type it; and what models answer, side by side"
      />
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
            data={[...routes]}
            value={route}
            description="its candidates, policy and rules decide"
            onChange={setRoute}
            allowDeselect={false}
          />
          <div>
            <Text size="sm" fw={600} id="floor">
              Floor on the expected quality: {floor === 0 ? "none" : percent(floor)}
            </Text>
            <Text size="xs" c="dimmed" mb={14}>
              only candidates that are surely above it
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
          <Panel title={decision.model} note={reasonText(decision.reason)}>
            <Facts
              of={[
                ["Complexity", decision.complexity === null ? "unknown" : decision.complexity.toFixed(2)],
                ["Task", decision.task ?? "unknown"],
                ["Expected quality", decision.quality === null ? "unknown" : decision.quality.toFixed(3)],
                ["Expected cost", cost(decision.cost_usd)],
                ["Less than the incumbent", cost(decision.saving_usd)],
                ["Far from training", decision.out_of_distribution ? "yes: the incumbent serves" : "no"],
              ]}
            />
            <Box mt="md">
              <CandidateTable candidates={decision.candidates ?? []} chosen={decision.model} />
            </Box>
          </Panel>
        )}
        <Group align="flex-end">
          <MultiSelect
            label="Ask"
            description="up to four; each of them gets the prompt, and is paid for"
            data={[{ value: ROUTED, label: `weir/${route}: as decided` }, ...known]}
            value={models}
            onChange={setModels}
            maxValues={4}
            flex={1}
            miw={220}
          />
          <Button disabled={models.length === 0 || prompt === ""} onClick={() => setSent({ prompt, models, route })}>
            Send
          </Button>
        </Group>
        {sent === null ? null : (
          <SimpleGrid cols={{ base: 1, md: Math.min(2, sent.models.length) }}>
            {sent.models.map((model) => (
              <AnswerCard
                key={`${model} ${sent.prompt} ${sent.route}`}
                model={model === ROUTED ? `weir/${sent.route}` : model}
                prompt={sent.prompt}
                route={sent.route}
              />
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
