import { Card, Group, Text, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";

interface FigureProps {
  readonly label: string;
  readonly value: ReactNode;
  /** Against the period before, e.g. `+12 %`. */
  readonly change?: string | null;
  readonly note?: ReactNode;
  /** What the figure means. */
  readonly help?: string;
}

/** One number with its name. */
export function Figure({ label, value, change = null, note, help }: FigureProps) {
  const name = (
    <Text size="sm" c="dimmed" component="span">
      {label}
    </Text>
  );
  return (
    <Card withBorder padding="md">
      {help === undefined ? (
        name
      ) : (
        <Tooltip label={help} multiline w={260} events={{ hover: true, focus: true, touch: true }}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the explanation must be reachable by keyboard */}
          <span className="weir-help" tabIndex={0}>
            {name}
          </span>
        </Tooltip>
      )}
      <Group gap="xs" align="baseline">
        <Text size="xl" fw={600} className="weir-break" data-figure={label}>
          {value}
        </Text>
        {change === null ? null : (
          <Text size="sm" c="dimmed">
            {change}
          </Text>
        )}
      </Group>
      {note === undefined ? null : (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </Card>
  );
}
