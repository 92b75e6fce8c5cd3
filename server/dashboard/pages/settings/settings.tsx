import { Button, Card, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { send } from "../../api/client.ts";
import { useAction } from "../../api/use-action.ts";
import { useApi } from "../../api/use-api.ts";
import { ActionFault } from "../../parts/action-fault.tsx";
import { PageHead, Resource } from "../../parts/states.tsx";

/** The configuration in effect, with every secret masked. */
export default function Settings() {
  const settings = useApi<Record<string, unknown>>("/admin/settings");
  const [isReloaded, setReloaded] = useState(false);
  const reload = useAction(async () => {
    await send("POST", "/admin/reload");
    setReloaded(true);
    return true;
  });
  return (
    <>
      <PageHead title="Settings">
        <Button size="xs" variant="default" loading={reload.isBusy} onClick={() => void reload.run()}>
          Read weir.yaml again
        </Button>
      </PageHead>
      <Stack>
        <Text c="dimmed" size="sm">
          Written in weir.yaml, read at its change by itself. A file with problems changes nothing: they are listed
          here.
        </Text>
        <ActionFault error={reload.error} />
        {isReloaded && reload.error === null ? <Text role="status">In effect.</Text> : null}
        <Resource of={settings}>
          {(sections) =>
            Object.entries(sections).map(([name, section]) => (
              <Card withBorder key={name} component="section" aria-label={name}>
                <Text fw={600}>{name}</Text>
                <pre className="weir-text">{JSON.stringify(section, null, 2)}</pre>
              </Card>
            ))
          }
        </Resource>
      </Stack>
    </>
  );
}
