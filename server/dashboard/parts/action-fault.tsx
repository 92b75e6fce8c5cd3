import { Alert } from "@mantine/core";
import type { RequestError } from "../api/client.ts";

/** Why the last change was refused; what was typed stays. */
export function ActionFault({ error }: { readonly error: RequestError | null }) {
  if (error === null) return null;
  return (
    <Alert color="red" role="alert" title="Not done">
      {error.message}
    </Alert>
  );
}
