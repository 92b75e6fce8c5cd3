import { Alert, Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useAction } from "../api/use-action.ts";
import { DiffView } from "./diff-view.tsx";
import { SaveFault } from "./save-fault.tsx";
import { SectionConflict, saveSection, textChange } from "./save-section.ts";
import type { SavedSection, SectionBody } from "./section-body.ts";

interface SectionTextProps {
  /** The section as it was when it was opened. */
  readonly base: SectionBody;
  readonly onSaved: (saved: SavedSection) => void;
}

interface Checked {
  readonly yaml: string;
  readonly from: SectionBody;
  readonly answer: SavedSection;
}

/** A section as text, comments and all. What would change is shown, and checked as at a start, before it is saved. */
export function SectionText({ base, onSaved }: SectionTextProps) {
  const [yaml, setYaml] = useState(base.written_yaml ?? `${base.section}:\n`);
  const [checked, setChecked] = useState<Checked | null>(null);
  const checking = useAction(async (from: SectionBody) => {
    const answer = await saveSection(from, (now) => textChange(now.section, yaml, true));
    setChecked({ yaml, from, answer });
  });
  const saving = useAction((from: SectionBody) => saveSection(from, (now) => textChange(now.section, yaml, false)));
  const error = saving.error ?? checking.error;
  const now = error instanceof SectionConflict ? error.now : null;
  const isChecked = checked !== null && checked.yaml === yaml && error === null;

  async function save(from: SectionBody): Promise<void> {
    const saved = await saving.run(from);
    if (saved !== null) onSaved(saved);
  }

  return (
    <Stack>
      <Textarea
        label={`${base.section} in weir.yaml`}
        description="YAML or JSON. ${NAME} stands for a variable of the environment; what is masked with *** stays as it is"
        value={yaml}
        onChange={({ currentTarget }) => {
          saving.clear();
          checking.clear();
          setYaml(currentTarget.value);
        }}
        error={error === null || now !== null ? null : "see below"}
        autosize
        minRows={6}
        maxRows={24}
        spellCheck={false}
        classNames={{ input: "weir-code" }}
      />
      <SaveFault error={error} section={base.section} change={textChange(base.section, yaml, false)} />
      {now === null ? null : (
        <Alert color="yellow" title="What the file has there now">
          <pre className="weir-text">{now.written_yaml ?? "nothing"}</pre>
          <Button mt="sm" size="xs" loading={saving.isBusy} onClick={() => void save(now)}>
            Save mine in its place
          </Button>
        </Alert>
      )}
      {isChecked ? (
        <div role="status">
          <Text size="sm" fw={600}>
            What changes in the file
          </Text>
          <DiffView before={checked.from.written_yaml} after={checked.answer.written_yaml} />
          {checked.answer.restart.length === 0 ? null : (
            <Text size="sm">In effect after the next start of Weir: {checked.answer.restart.join(", ")}.</Text>
          )}
        </div>
      ) : null}
      <Group justify="flex-end">
        <Button variant="default" loading={checking.isBusy} onClick={() => void checking.run(base)}>
          Check and show what changes
        </Button>
        <Button disabled={!isChecked} loading={saving.isBusy} onClick={() => void save(base)}>
          Save
        </Button>
      </Group>
    </Stack>
  );
}
