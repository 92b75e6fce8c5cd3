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
  return (
    <Card withBorder padding="md">
      <Text size="sm" c="dimmed" lh={1.4} mb={4}>
        {help === undefined ? (
          label
        ) : (
          <Tooltip label={help} multiline w={260} events={{ hover: true, focus: true, touch: true }}>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the explanation must be reachable by keyboard */}
            <span className="weir-help" tabIndex={0}>
              {label}
            </span>
          </Tooltip>
        )}
      </Text>
      <Group gap="xs" align="baseline">
        <Text fz={24} lh={1.2} fw={650} className="weir-break" data-figure={label}>
          {value}
        </Text>
        {change === null ? null : (
          <Text size="sm" c="dimmed">
            {change}
          </Text>
        )}
      </Group>
      {note === undefined ? null : (
        <Text size="xs" c="dimmed" mt={4}>
          {note}
        </Text>
      )}
    </Card>
  );
}
