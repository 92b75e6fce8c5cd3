import { Badge, Group, Stack, Text } from "@mantine/core";
import { count, moment, percent } from "../../format.ts";
import type { ActiveRouteBody } from "./activation-body.ts";

/** The shares of sessions that are routed one after another, and which of them holds now. */
export function RampSteps({ ramp }: { readonly ramp: NonNullable<ActiveRouteBody["ramp"]> }) {
  const { stage, stages, since, routed_requests: routed, held, next } = ramp;
  return (
    <Stack gap={4}>
      <Group gap="xs" component="ol" m={0} p={0} style={{ listStyle: "none" }} aria-label="ramp">
        {stages.map((share, i) => (
          <li key={share} aria-current={i === stage ? "step" : undefined}>
            <Badge
              color={i === stage ? "cyan.9" : i < stage ? "gray.7" : "gray.6"}
              variant={i <= stage ? "filled" : "default"}
            >
              {percent(share)}
            </Badge>
          </li>
        ))}
      </Group>
      <Text size="sm" c="dimmed">
        of the sessions that are not held back, since {moment(since)}; {count(routed)} requests routed at this stage
        {next === null
          ? ""
          : `; goes on after ${moment(next.not_before)} and ${count(next.requests_missing)} more routed requests`}
        {held === null ? "" : `; held: evidence on ${held} gathers`}
      </Text>
    </Stack>
  );
}
