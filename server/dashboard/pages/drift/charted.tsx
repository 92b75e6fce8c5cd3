import { Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface ChartedProps {
  readonly title: string;
  readonly note?: string;
  readonly children: ReactNode;
}

/** A drawing under its own heading. */
export function Charted({ title, note, children }: ChartedProps) {
  return (
    <div>
      <Title order={3} size="h6" mb={4}>
        {title}
      </Title>
      {note === undefined ? null : (
        <Text size="xs" c="dimmed" mb={4}>
          {note}
        </Text>
      )}
      {children}
    </div>
  );
}
