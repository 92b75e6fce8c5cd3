import { Alert } from "@mantine/core";
import type { RequestError } from "../api/client.ts";
import { useFirstFault } from "./use-first-fault.ts";

/** Why the last change was refused; what was typed stays. */
export function ActionFault({ error }: { readonly error: RequestError | null }) {
  const told = useFirstFault(error);
  if (error === null) return null;
  return (
    <Alert ref={told} color="red" role="alert" title="Not done">
      {error.message}
    </Alert>
  );
}
