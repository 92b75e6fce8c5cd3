import type { Usage } from "../../api/bodies.ts";
import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { count, percent, UNKNOWN } from "../../format.ts";
import { Figure } from "../../parts/figure.tsx";
import { periodOf } from "../../parts/period.tsx";

/** Hits of all processes in the last days, as the log counts them. */
export function HitsFigure() {
  const { from, to } = periodOf("14d", Date.now());
  const { data } = useApi<Usage>(withQuery("/admin/usage", { from, to, limit: 1 }));
  const { requests = 0, cache_hits: hits = 0 } = data?.total ?? {};
  return (
    <Figure
      label="Hits, 14 days"
      value={data === undefined ? UNKNOWN : count(hits)}
      note={requests === 0 ? "no request yet" : `${percent(hits / requests)} of requests, by all processes`}
    />
  );
}
