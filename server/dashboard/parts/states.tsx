import { Alert, Button, Card, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { RequestError } from "../api/client.ts";

/** What failed, in the server's words, and a way to try again. */
export function Fault({ error, onRetry }: { readonly error: RequestError; readonly onRetry?: () => void }) {
  return (
    <Alert color="red" title="This could not be loaded" role="alert">
      <Text size="sm" className="weir-break">
        {error.message}
        {error.param === null ? "" : ` (${error.param})`}
      </Text>
      {onRetry === undefined ? null : (
        <Button mt="sm" size="xs" variant="default" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}

/** Nothing there yet, and what to do about it. */
export function Empty({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Card withBorder padding="xl">
      <Stack gap="xs" align="flex-start">
        <Title order={3} size="h4">
          {title}
        </Title>
        <Text c="dimmed" component="div">
          {children}
        </Text>
      </Stack>
    </Card>
  );
}

export function Waiting({ lines = 3 }: { readonly lines?: number }) {
  return (
    <Stack gap="sm" aria-busy="true" aria-label="loading">
      {Array.from({ length: lines }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <Skeleton key={i} height={28} />
      ))}
    </Stack>
  );
}

interface ResourceProps<Data> {
  readonly of: { readonly data: Data | undefined; readonly error: RequestError | undefined; mutate(): unknown };
  readonly lines?: number;
  readonly children: (data: Data) => ReactNode;
}

/** Shows what was loaded; before that that it loads, and instead of it what failed. */
export function Resource<Data>({ of: { data, error, mutate }, lines, children }: ResourceProps<Data>) {
  if (data === undefined) {
    if (error !== undefined) return <Fault error={error} onRetry={() => void mutate()} />;
    return lines === undefined ? <Waiting /> : <Waiting lines={lines} />;
  }
  return (
    <>
      {error === undefined ? null : <Fault error={error} onRetry={() => void mutate()} />}
      {children(data)}
    </>
  );
}

interface PageHeadProps {
  readonly title: string;
  /** What the page answers. */
  readonly about?: ReactNode;
  readonly children?: ReactNode;
}

export function PageHead({ title, about, children }: PageHeadProps) {
  return (
    <Group justify="space-between" align="flex-end" mb="md">
      <div>
        <Title order={1} size="h2">
          {title}
        </Title>
        {about === undefined ? null : (
          <Text c="dimmed" size="sm">
            {about}
          </Text>
        )}
      </div>
      <Group gap="sm">{children}</Group>
    </Group>
  );
}
