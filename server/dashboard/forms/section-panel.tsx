import { Alert, Button, Group, Modal, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { ConfirmButton } from "../parts/confirm-button.tsx";
import { Panel } from "../parts/panel.tsx";
import { Resource } from "../parts/states.tsx";
import { kindOf } from "./json-schema.ts";
import { saveSection, wholeChange } from "./save-section.ts";
import type { SavedSection, SectionBody } from "./section-body.ts";
import { SectionForm } from "./section-form.tsx";
import { SectionText } from "./section-text.tsx";
import { useSection } from "./use-section.ts";

interface SectionPanelProps {
  readonly section: string;
  /** null: another change begins. */
  readonly onSaved: (saved: SavedSection | null) => void;
}

/** One section: as it is in effect, and the ways to change it. */
export function SectionPanel({ section, onSaved }: SectionPanelProps) {
  const found = useSection(section);
  const [opened, setOpened] = useState<SectionBody | null>(null);
  const [way, setWay] = useState("fields");
  const done = (saved: SavedSection) => {
    setOpened(null);
    onSaved(saved);
  };
  return (
    <Resource of={found}>
      {({ body, info }) => {
        const hasFields = kindOf(info.schema) === "group";
        return (
          <Panel
            title={info.title}
            note={info.description}
            aside={
              <Group gap="xs">
                <Button
                  size="xs"
                  aria-label={`Edit: ${info.title}`}
                  onClick={() => {
                    onSaved(null);
                    setOpened(body);
                  }}
                >
                  Edit
                </Button>
                {body.written === null || body.reason !== null ? null : (
                  <ConfirmButton
                    label="Take out"
                    about={info.title}
                    act={async () => done(await saveSection(body, (now) => wholeChange(now.section, null)))}
                  >
                    The section goes out of weir.yaml and what Weir does by itself holds, at once. It can be put back
                    below.
                  </ConfirmButton>
                )}
              </Group>
            }
          >
            <Stack gap="sm">
              {body.reason === null ? null : (
                <Alert color="yellow" title="The page cannot write this section">
                  {body.reason}
                </Alert>
              )}
              {info.restart_paths.length === 0 ? null : (
                <Text size="sm">Waits for the next start of Weir: {info.restart_paths.join(", ")}.</Text>
              )}
              <Text size="sm" c="dimmed">
                {body.written === null ? "Not in the file; in effect:" : "In effect, with what Weir does by itself:"}
              </Text>
              <pre className="weir-text">{JSON.stringify(body.effective, null, 2)}</pre>
            </Stack>
            <Modal opened={opened !== null} onClose={() => setOpened(null)} title={`Edit: ${info.title}`} size="xl">
              {opened === null ? null : (
                <Stack>
                  {hasFields ? (
                    <SegmentedControl
                      aria-label="how to edit"
                      size="xs"
                      value={way}
                      onChange={setWay}
                      data={[
                        { value: "fields", label: "Fields" },
                        { value: "text", label: "Text of the file" },
                      ]}
                    />
                  ) : null}
                  {hasFields && way === "fields" ? (
                    <SectionForm
                      base={opened}
                      // Its schema made sure that it is a mapping.
                      initial={(opened.written ?? {}) as Readonly<Record<string, unknown>>}
                      schema={() => info.schema}
                      changeOf={(now, value) => wholeChange(now.section, value)}
                      currentOf={(now) => now.written}
                      saveLabel="Save"
                      onSaved={done}
                    />
                  ) : (
                    <SectionText base={opened} onSaved={done} />
                  )}
                </Stack>
              )}
            </Modal>
          </Panel>
        );
      }}
    </Resource>
  );
}
