import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { count, ms, UNKNOWN } from "../../format.ts";
import { Figure } from "../../parts/figure.tsx";

interface LatencyBody {
  readonly requests: number;
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
}

/** What Weir itself added to the newest requests: half of them less, one in a hundred more. */
export function LatencyFigure({ from, to }: { readonly from: string; readonly to: string }) {
  const { data, error } = useApi<LatencyBody>(withQuery("/admin/requests/latency", { from, to }));
  return (
    <Figure
      label="Added latency"
      value={data === undefined ? UNKNOWN : ms(data.p50_ms)}
      note={
        data === undefined
          ? error === undefined
            ? "being read"
            : `could not be loaded: ${error.message}`
          : data.requests === 0
            ? "no request yet"
            : `p99 ${ms(data.p99_ms)}, newest ${count(data.requests)}`
      }
      help="Time that Weir itself spent on a request, beside waiting for an upstream: half of the newest took less"
    />
  );
}
