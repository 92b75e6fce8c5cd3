import { Alert, Box, Button, NavLink, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { send } from "../../api/client.ts";
import { useHashQuery } from "../../api/hash-location.ts";
import { useAction } from "../../api/use-action.ts";
import { useApi } from "../../api/use-api.ts";
import { SavedNote } from "../../forms/saved-note.tsx";
import type { SavedSection, SectionInfo } from "../../forms/section-body.ts";
import { SectionPanel } from "../../forms/section-panel.tsx";
import { ActionFault } from "../../parts/action-fault.tsx";
import { PageHead, Resource } from "../../parts/states.tsx";
import { Revisions } from "./revisions.tsx";

interface SettingsBody {
  readonly mode: "demo" | "configured";
  readonly notices: readonly string[];
  readonly file: {
    readonly path: string;
    readonly exists: boolean;
    readonly writable: boolean;
    readonly reason: string | null;
    readonly etag: string;
  };
}

/** The configuration in effect, section by section, with every secret masked; and what was changed of it here. */
export default function Settings() {
  const settings = useApi<SettingsBody>("/admin/settings");
  const sections = useApi<readonly SectionInfo[]>("/admin/settings/sections");
  const [query, change] = useHashQuery();
  const [isReloaded, setReloaded] = useState(false);
  const [saved, setSaved] = useState<SavedSection | null>(null);
  const reload = useAction(async () => {
    setReloaded(false);
    await send("POST", "/admin/reload");
    setReloaded(true);
    return true;
  });
  return (
    <>
      <PageHead title="Settings" about="weir.yaml: what is in effect, changing it, and the way back">
        <Button size="xs" variant="default" loading={reload.isBusy} onClick={() => void reload.run()}>
          Read weir.yaml again
        </Button>
      </PageHead>
      <Stack>
        <ActionFault error={reload.error} />
        {isReloaded && reload.error === null ? <Text role="status">In effect.</Text> : null}
        <SavedNote saved={saved} onClose={() => setSaved(null)} />
        <Resource of={settings}>
          {({ file, notices, mode }) => (
            <>
              <FileNote file={file} mode={mode} />
              {notices.map((notice) => (
                <Text key={notice} size="sm" c="dimmed">
                  {notice}
                </Text>
              ))}
              <Resource of={sections}>
                {(all) => {
                  const names = all.map(({ section }) => section);
                  const shown = names.find((name) => name === query.get("section")) ?? "routes";
                  return (
                    <SimpleGrid cols={{ base: 1, md: 2 }} className="weir-aside">
                      <Select
                        hiddenFrom="md"
                        label="Section"
                        data={all.map(({ section, title }) => ({ value: section, label: title }))}
                        value={shown}
                        onChange={(section) => change({ section }, { replace: true })}
                        allowDeselect={false}
                      />
                      <Box component="nav" aria-label="sections" visibleFrom="md">
                        {all.map(({ section, title, description }) => (
                          <NavLink
                            key={section}
                            component="button"
                            label={title}
                            description={description}
                            active={section === shown}
                            aria-current={section === shown}
                            onClick={() => change({ section }, { replace: true })}
                          />
                        ))}
                      </Box>
                      <Stack>
                        <SectionPanel key={shown} section={shown} onSaved={setSaved} />
                        <Revisions etag={file.etag} onSaved={setSaved} />
                      </Stack>
                    </SimpleGrid>
                  );
                }}
              </Resource>
            </>
          )}
        </Resource>
      </Stack>
    </>
  );
}

/** Where settings are written. */
function FileNote({ file, mode }: Pick<SettingsBody, "file" | "mode">) {
  const { path, exists, writable, reason } = file;
  if (!writable) {
    return (
      <Alert color="yellow" title="These pages cannot write the file">
        {reason} What you type is checked all the same, and shown so that you can write it into {path || "the file"}.
      </Alert>
    );
  }
  return (
    <Text c="dimmed" size="sm" className="weir-break">
      Written in <code>{path}</code>
      {exists ? "" : ", which is made with the first change"}; changed here or by hand, it is checked as a whole and in
      effect at once. A file with problems changes nothing.
      {mode === "demo" ? " In demo mode models are simulated: their sections begin with a weir.yaml of your own." : ""}
    </Text>
  );
}
