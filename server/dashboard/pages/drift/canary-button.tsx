import { Text } from "@mantine/core";
import { useState } from "react";
import { send } from "../../api/client.ts";
import { count, usd } from "../../format.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import type { CanaryRound } from "./drift-body.ts";

/** Asks every watched model the questions whose answers are known. */
export function CanaryButton({ sum }: { readonly sum: number }) {
  const [round, setRound] = useState<CanaryRound | null>(null);
  return (
    <>
      {round === null ? null : (
        <Text size="sm" role="status">
          {count(round.passed)} of {count(round.asked)} passed for {usd(round.cost_usd)}
          {round.unreached === 0 ? "" : `; ${count(round.unreached)} could not be reached`}
          {round.skipped === 0 ? "" : `; ${count(round.skipped)} would have cost more than the day may`}
        </Text>
      )}
      <ConfirmButton
        label="Ask canaries now"
        color="cyan.9"
        act={async () => setRound(await send<CanaryRound>("POST", "/admin/drift/canaries", {}))}
      >
        Every watched model is asked the canaries, for at most {usd(sum)} a day in all.
      </ConfirmButton>
    </>
  );
}
