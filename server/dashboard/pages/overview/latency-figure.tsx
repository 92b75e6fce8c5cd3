import type { RequestPage } from "../../api/bodies.ts";
import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { count, ms, UNKNOWN } from "../../format.ts";
import { Figure } from "../../parts/figure.tsx";

const NEWEST = 1_000;

/** What Weir itself added to the newest requests: half of them less, one in a hundred more. */
export function LatencyFigure({ from, to }: { readonly from: string; readonly to: string }) {
  const { data } = useApi<RequestPage>(withQuery("/admin/requests", { from, to, limit: NEWEST }));
  const added = (data?.rows ?? []).flatMap(({ overhead_ms: own }) => (own == null ? [] : [own])).sort((a, b) => a - b);
  const at = (share: number) => added[Math.min(added.length - 1, Math.floor(share * added.length))];
  return (
    <Figure
      label="Added latency"
      value={added.length === 0 ? UNKNOWN : ms(at(0.5))}
      note={added.length === 0 ? "no request yet" : `p99 ${ms(at(0.99))}, of the newest ${count(added.length)}`}
      help="Time that Weir spent before it asked an upstream: half of the requests took less"
    />
  );
}
