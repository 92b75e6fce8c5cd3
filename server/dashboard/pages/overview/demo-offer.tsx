import { Button, Progress, Stack, Text } from "@mantine/core";
import { useEffect } from "react";
import { useSWRConfig } from "swr";
import { send } from "../../api/client.ts";
import { useAction } from "../../api/use-action.ts";
import { useApi } from "../../api/use-api.ts";
import { ActionFault } from "../../parts/action-fault.tsx";

interface DemoBody {
  readonly offered: boolean;
  readonly playing: boolean;
  readonly day: number;
  readonly days: number;
  readonly fault: string | null;
}

const LOOK_EVERY_MS = 700;

/**
 * In demo mode: offers days of a made-up company where nothing is logged, and says how far they are while they are played.
 *
 * @param isFilled whether figures are shown already, which then grow as the days go by
 */
export function DemoOffer({ isFilled = false }: { readonly isFilled?: boolean }) {
  const { data } = useApi<DemoBody>("/admin/demo");
  const { mutate } = useSWRConfig();
  const play = useAction(() => send<DemoBody>("POST", "/admin/demo"));
  const isPlaying = data?.playing === true;
  useEffect(() => {
    if (!isPlaying) return undefined;
    // Figures that are there follow by themselves, no more often than on any day.
    const look = () => void (isFilled ? mutate("/admin/demo") : mutate(() => true));
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [isPlaying, isFilled, mutate]);
  if (data === undefined || (!isPlaying && (isFilled || !data.offered))) return null;
  return (
    <Stack gap="xs" align="flex-start" {...(isFilled ? {} : { mt: "md" })}>
      <Text size={isFilled ? "sm" : "md"}>
        {isFilled
          ? "Simulated days are being played; figures grow with them."
          : `Or see it at work: ${data.days} simulated days of a made-up company, with an outage, a runaway job, an observation and its certificate. No vendor is asked, and it takes less than a minute.`}
      </Text>
      {isPlaying ? (
        <Progress.Root w="100%" size="xl">
          <Progress.Section value={(100 * data.day) / data.days} aria-label="days played" color="cyan.9">
            <Progress.Label>{`day ${data.day} of ${data.days}`}</Progress.Label>
          </Progress.Section>
        </Progress.Root>
      ) : (
        <Button onClick={() => void play.run()} loading={play.isBusy}>
          Play {data.days} simulated days
        </Button>
      )}
      {data.fault === null ? null : <Text c="red">It failed: {data.fault}</Text>}
      <ActionFault error={play.error} />
    </Stack>
  );
}
