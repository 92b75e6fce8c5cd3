import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { send } from "../../api/client.ts";
import { useAction } from "../../api/use-action.ts";
import { ActionFault } from "../../parts/action-fault.tsx";

interface Replayed {
  readonly replay: { readonly same: boolean; readonly differences: readonly string[] };
}

/** Decides again from what was stored, and says whether it comes out the same. */
export function ReplayButton({ decisionId }: { readonly decisionId: string }) {
  const [answer, setAnswer] = useState<Replayed | null>(null);
  const action = useAction(async () => {
    setAnswer(await send<Replayed>("GET", `/decisions/${encodeURIComponent(decisionId)}?include=trace`));
    return true;
  });
  return (
    <Group mt="sm">
      <Button size="xs" variant="default" loading={action.isBusy} onClick={() => void action.run()}>
        Decide again
      </Button>
      <ActionFault error={action.error} />
      {answer === null ? null : (
        <Text size="sm" role="status">
          {answer.replay.same ? "The same decision." : `Different now: ${answer.replay.differences.join(", ")}.`}
        </Text>
      )}
    </Group>
  );
}
