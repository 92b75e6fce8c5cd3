import { Box, Card, Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface PanelProps {
  readonly title: string;
  /** What is shown, over what, and how sure it is. */
  readonly note?: ReactNode;
  /** Controls that belong to it. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a page under its own heading. */
export function Panel({ title, note, aside, children }: PanelProps) {
  return (
    <Card withBorder component="section" aria-label={title}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="sm">
        <div>
          <Title order={2} size="h5">
            {title}
          </Title>
          {note === undefined ? null : (
            <Text size="sm" c="dimmed">
              {note}
            </Text>
          )}
        </div>
        {aside === undefined ? null : <Box flex="none">{aside}</Box>}
      </Group>
      {children}
    </Card>
  );
}
