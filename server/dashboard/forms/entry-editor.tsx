import { Alert, Button, Modal, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { ConfirmButton } from "../parts/confirm-button.tsx";
import { type Entry, entryChange, findEntry } from "./entries.ts";
import type { JsonSchema } from "./json-schema.ts";
import { saveSection } from "./save-section.ts";
import { SavedNote } from "./saved-note.tsx";
import type { FieldWords } from "./schema-field.tsx";
import type { SavedSection, SectionBody, SectionInfo } from "./section-body.ts";
import { SectionForm } from "./section-form.tsx";

interface EntryEditorProps {
  readonly body: SectionBody;
  readonly info: SectionInfo;
  /** What one entry is called, e.g. `limit`. */
  readonly noun: string;
  /** Fields that name an entry. */
  readonly names: readonly string[];
  /** What a new entry begins with; null: none is made here. */
  readonly fresh: Entry | null;
  readonly schemaOf?: (items: JsonSchema, entry: Entry) => JsonSchema;
  readonly words?: (entry: Entry) => FieldWords;
  /** What is lost when an entry goes. */
  readonly removing: ReactNode;
  readonly tidy?: (next: Entry, before: Entry) => Entry;
  readonly extra?: (entry: Entry, saved: Entry | null) => ReactNode;
  /** The list, with what can be done to each entry. */
  readonly children: (doing: (row: Entry, title: string) => ReactNode) => ReactNode;
}

/** Entries of a section that is a list: a button that makes one, and for each one to edit and to remove it. */
export function EntryEditor(props: EntryEditorProps) {
  const { body, info, noun, names, fresh, schemaOf, words, removing, tidy, extra, children } = props;
  const [opened, setOpened] = useState<{ readonly base: SectionBody; readonly old: Entry | null } | null>(null);
  const [saved, setSaved] = useState<SavedSection | null>(null);
  const items = info.schema.items ?? {};
  const open = (old: Entry | null) => {
    setSaved(null);
    setOpened({ base: body, old });
  };
  const written = (row: Entry) => findEntry(body, { names, of: row }) ?? row;
  const doing = (row: Entry, title: string) => (
    <>
      <Button size="xs" variant="default" mr="xs" aria-label={`Edit: ${title}`} onClick={() => open(written(row))}>
        Edit
      </Button>
      <ConfirmButton
        label="Remove"
        about={title}
        act={async () => {
          setSaved(null);
          setSaved(await saveSection(body, (now) => entryChange(now, written(row), null, names)));
        }}
      >
        {removing}
      </ConfirmButton>
    </>
  );
  return (
    <Stack>
      <SavedNote saved={saved} onClose={() => setSaved(null)} />
      {body.reason === null ? null : (
        <Alert color="yellow" title="The page cannot write this section">
          {body.reason}
        </Alert>
      )}
      {children(doing)}
      {fresh === null ? null : (
        <div>
          <Button size="xs" onClick={() => open(null)}>
            Add a {noun}
          </Button>
        </div>
      )}
      <Modal
        opened={opened !== null}
        onClose={() => setOpened(null)}
        title={opened?.old == null ? `New ${noun}` : `Edit the ${noun}`}
        size="lg"
      >
        {opened === null ? null : (
          <SectionForm
            base={opened.base}
            initial={opened.old ?? fresh ?? {}}
            schema={(entry) => schemaOf?.(items, entry) ?? items}
            {...(words === undefined ? {} : { words })}
            {...(tidy === undefined ? {} : { tidy })}
            changeOf={(now, entry) => entryChange(now, opened.old, entry, names)}
            currentOf={(now) => (opened.old === null ? now.written : findEntry(now, { names, of: opened.old }))}
            saveLabel={`Save the ${noun}`}
            onSaved={(answer) => {
              setSaved(answer);
              setOpened(null);
            }}
          >
            {(entry) => extra?.(entry, opened.old)}
          </SectionForm>
        )}
      </Modal>
    </Stack>
  );
}
