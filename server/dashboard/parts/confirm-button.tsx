import { Button, type ButtonProps, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";
import type { RequestError } from "../api/client.ts";
import { useAction } from "../api/use-action.ts";
import { ActionFault } from "./action-fault.tsx";

interface ConfirmButtonProps extends Pick<ButtonProps, "size" | "variant" | "color" | "disabled"> {
  readonly label: string;
  /** What will happen, and whether it can be undone. */
  readonly children: ReactNode;
  /** Named for whoever hears only the button. */
  readonly about?: string;
  readonly act: () => Promise<unknown>;
}

/** Asks before it does what cannot be taken back easily. */
export function ConfirmButton({ label, about, children, act, color = "red.9", ...button }: ConfirmButtonProps) {
  const [isOpen, { open, close }] = useDisclosure(false);
  const action = useAction(act);
  async function confirm(): Promise<void> {
    const result: unknown = await action.run();
    if (result !== null) close();
  }
  return (
    <>
      <Button
        size="xs"
        variant="default"
        onClick={open}
        aria-label={about === undefined ? undefined : `${label}: ${about}`}
        {...button}
      >
        {label}
      </Button>
      <Modal opened={isOpen} onClose={close} title={about === undefined ? label : `${label}: ${about}`}>
        <Stack>
          <Text component="div">{children}</Text>
          <ActionFault error={action.error as RequestError | null} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button color={color} loading={action.isBusy} onClick={() => void confirm()}>
              {label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
