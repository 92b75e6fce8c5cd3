import { Anchor } from "@mantine/core";
import { Link } from "wouter";
import type { Usage } from "../../api/bodies.ts";
import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { named, percent, usd } from "../../format.ts";
import { BarList } from "../../parts/bar-list.tsx";
import { Panel } from "../../parts/panel.tsx";
import type { Period } from "../../parts/period.tsx";
import { Resource } from "../../parts/states.tsx";

const SHOWN = 6;

const NONE = { feature: "(no feature named)", team: "(no team; audits too)" } as const;

interface TopSpendersProps {
  readonly dimension: "feature" | "team";
  readonly period: Period;
}

/** Who spent most of the money, each a click from its requests. */
export function TopSpenders({ dimension, period: { from, to } }: TopSpendersProps) {
  const usage = useApi<Usage>(withQuery("/admin/usage", { from, to, group_by: dimension, limit: SHOWN }));
  return (
    <Panel
      title={`Cost by ${dimension}`}
      aside={
        <Anchor
          component={Link}
          href={withQuery("/costs", { by: dimension })}
          size="sm"
          style={{ whiteSpace: "nowrap" }}
        >
          all
        </Anchor>
      }
    >
      <Resource of={usage}>
        {({ rows, total }) => {
          const most = Math.max(...rows.map((row) => row.cost_usd ?? 0), Number.MIN_VALUE);
          return (
            <BarList
              label={`Cost by ${dimension}`}
              none={`No request names a ${dimension}.`}
              bars={rows.map((row) => ({
                name: row[dimension] == null ? NONE[dimension] : named(row[dimension]),
                share: (row.cost_usd ?? 0) / most,
                text: `${usd(row.cost_usd)} (${percent((row.cost_usd ?? 0) / (total.cost_usd ?? 1))})`,
                href: withQuery("/requests", {
                  [`filter.${dimension}`]: String(row[dimension] ?? ""),
                  from,
                  to,
                  sort: "cost",
                }),
              }))}
            />
          );
        }}
      </Resource>
    </Panel>
  );
}
