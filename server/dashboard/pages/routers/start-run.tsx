import { Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { send } from "../../api/client.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";

/** Begins a run, as far back as is asked for. */
export function StartRun({ route, isRunning }: { readonly route: string; readonly isRunning: boolean }) {
  const [since, setSince] = useState("");
  const from = since.trim() === "" ? {} : { since: since.trim() };
  return (
    <ConfirmButton
      label="Start now"
      about={route}
      color="cyan.9"
      disabled={isRunning}
      act={() => send("POST", "/admin/retrain", { route, ...from })}
    >
      <Stack gap="sm">
        <Text size="sm">
          A router is learned from this route's requests in a process of its own, which takes a core for a while. It is
          proposed here if it is shown to be better; the one that serves goes on.
        </Text>
        <TextInput
          label="Since"
          description="30d, or a moment such as 2026-11-01; empty: as weir.yaml says"
          value={since}
          onChange={(event) => setSince(event.currentTarget.value)}
          maxLength={40}
        />
      </Stack>
    </ConfirmButton>
  );
}
