import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import type { ObservationBody } from "./observation-body.ts";

/**
 * The observation of a route that runs, and the one to show: the one asked for, or the one that runs, unless it knows too
 * little yet and an earlier one is there.
 */
export function useTellingObservation(route: string | null, asked: string | null = null) {
  const current = useApi<ObservationBody>(route === null ? null : withQuery("/admin/observation", { route }));
  const name = asked ?? (current.data === undefined ? null : mostTelling(current.data));
  const other = useApi<ObservationBody>(
    route === null || name === null ? null : withQuery("/admin/observation", { route, observation: name }),
  );
  return { current, name, shown: name === null ? current : other };
}

/** null for the one that runs. */
function mostTelling({ projected, previous }: ObservationBody): string | null {
  if (projected !== null && projected.saving.method !== "no_audit_bound") return null;
  return previous.find(({ kind }) => kind === "observe")?.observation ?? null;
}
