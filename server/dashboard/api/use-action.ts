import { useState } from "react";
import { useSWRConfig } from "swr";
import type { RequestError } from "./client.ts";

export interface Action<Input extends unknown[], Result> {
  /** Runs it; null when it failed, and then `error` says why. */
  run(...input: Input): Promise<Result | null>;
  readonly isBusy: boolean;
  readonly error: RequestError | null;
  clear(): void;
}

/** Something that changes the server; the page asks everything again once it is done. */
export function useAction<Input extends unknown[], Result>(
  act: (...input: Input) => Promise<Result>,
): Action<Input, Result> {
  const { mutate } = useSWRConfig();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<RequestError | null>(null);
  return {
    isBusy,
    error,
    clear: () => setError(null),
    async run(...input) {
      setBusy(true);
      setError(null);
      try {
        const result = await act(...input);
        await mutate(() => true);
        return result;
      } catch (cause) {
        setError(cause as RequestError);
        return null;
      } finally {
        setBusy(false);
      }
    },
  };
}
