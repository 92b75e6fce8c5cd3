import { type RequestError, withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import type { CalibrationBin, ObservationBody } from "../observation/observation-body.ts";
import { useTellingObservation } from "../observation/use-telling-observation.ts";

interface Calibration {
  readonly bins: readonly CalibrationBin[];
  /** When the observation began whose audits they are of. */
  readonly since: string | null;
  readonly isWaiting: boolean;
  /** What failed; that nothing was observed is no failure. */
  readonly error: RequestError | null;
}

/** Of the observation that runs and the one before activation, that whose audits tell more: each part needs a hundred. */
export function useCalibration(route: string): Calibration {
  const { current, shown } = useTellingObservation(route);
  const before = current.data?.previous.find(({ kind }) => kind === "observe")?.observation ?? null;
  const earlier = useApi<ObservationBody>(
    before === null ? null : withQuery("/admin/observation", { route, observation: before }),
  );
  const isLoading = ({ data, error }: typeof earlier) => data === undefined && error === undefined;
  const [first, second] = [shown.data, earlier.data];
  const told = (second?.calibration.length ?? 0) > (first?.calibration.length ?? 0) ? second : first;
  return {
    bins: told?.calibration ?? [],
    since: told?.started_at ?? null,
    error: shown.error === undefined || shown.error.code === "not_found" ? null : shown.error,
    isWaiting: isLoading(current) || isLoading(shown) || (before !== null && isLoading(earlier)),
  };
}
