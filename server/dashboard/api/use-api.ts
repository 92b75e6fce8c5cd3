import useSWR, { type SWRResponse } from "swr";
import { type RequestError, send } from "./client.ts";

const fetcher = <Answer>(path: string) => send<Answer>("GET", path);

/** What a path answers, kept while it is asked again; null asks nothing. Refreshed when something happened (`useLive`). */
export function useApi<Answer>(path: string | null): SWRResponse<Answer, RequestError> {
  return useSWR<Answer, RequestError>(path, fetcher, {
    keepPreviousData: true,
    revalidateOnFocus: false,
    shouldRetryOnError: false,
  });
}
