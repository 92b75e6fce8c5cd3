import { Box, Button, NavLink, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { send } from "../../api/client.ts";
import { useHashQuery } from "../../api/hash-location.ts";
import { useAction } from "../../api/use-action.ts";
import { useApi } from "../../api/use-api.ts";
import { ActionFault } from "../../parts/action-fault.tsx";
import { Panel } from "../../parts/panel.tsx";
import { PageHead, Resource } from "../../parts/states.tsx";

/** What each section of the configuration is for. */
const ABOUT: Readonly<Record<string, string>> = {
  mode: "configured by a file, or demo: none was found, and upstreams are simulated",
  configPath: "the file that was read; null where there is none",
  server: "where it listens, and how much it logs",
  router: "which trained router decides, and how long it may take",
  auth: "whether clients need a key",
  storage: "the database",
  shared: "counters that several processes share",
  log: "how long requests and sums are kept",
  cache: "which answers are kept, how long and for whom",
  gateway: "tries, timeouts and sizes",
  drift: "what tells that a model is not any more what it was",
  limits: "requests and tokens a minute, and at once",
  budgets: "what may be spent",
  guardrails: "checks on what goes in and comes out",
  upstreams: "the endpoints that answer, their secrets masked",
  candidates: "the models that a router may choose",
  routes: "which candidates serve which requests, and how far routing may go",
  pools: "models that stand in for one another",
  adminKey: "set by WEIR_ADMIN_KEY; null where the database has one",
  notices: "what the start wants to be known",
};

/** The configuration in effect, section by section, with every secret masked. */
export default function Settings() {
  const settings = useApi<Record<string, unknown>>("/admin/settings");
  const [query, change] = useHashQuery();
  const [isReloaded, setReloaded] = useState(false);
  const reload = useAction(async () => {
    await send("POST", "/admin/reload");
    setReloaded(true);
    return true;
  });
  return (
    <>
      <PageHead title="Settings" about="The configuration in effect; secrets are masked">
        <Button size="xs" variant="default" loading={reload.isBusy} onClick={() => void reload.run()}>
          Read weir.yaml again
        </Button>
      </PageHead>
      <Stack>
        <Text c="dimmed" size="sm">
          Written in weir.yaml and read again by itself when the file changes. A file with problems changes nothing:
          they are listed here.
        </Text>
        <ActionFault error={reload.error} />
        {isReloaded && reload.error === null ? <Text role="status">In effect.</Text> : null}
        <Resource of={settings}>
          {(sections) => {
            const names = Object.keys(sections);
            const shown = names.find((name) => name === query.get("section")) ?? "routes";
            return (
              <SimpleGrid cols={{ base: 1, md: 2 }} className="weir-aside">
                <Select
                  hiddenFrom="md"
                  label="Section"
                  data={names}
                  value={shown}
                  onChange={(section) => change({ section }, { replace: true })}
                  allowDeselect={false}
                />
                <Box component="nav" aria-label="sections" visibleFrom="md">
                  {names.map((name) => (
                    <NavLink
                      key={name}
                      component="button"
                      label={name}
                      description={ABOUT[name]}
                      active={name === shown}
                      aria-current={name === shown}
                      onClick={() => change({ section: name }, { replace: true })}
                    />
                  ))}
                </Box>
                <Panel title={shown} note={ABOUT[shown]}>
                  <pre className="weir-text">{JSON.stringify(sections[shown], null, 2)}</pre>
                </Panel>
              </SimpleGrid>
            );
          }}
        </Resource>
      </Stack>
    </>
  );
}
