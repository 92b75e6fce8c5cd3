import { Anchor } from "@mantine/core";
import { Link } from "wouter";
import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { usd } from "../../format.ts";
import { Figure } from "../../parts/figure.tsx";
import { useRoute } from "../../parts/route-picker.tsx";
import type { SavingsBody } from "../savings/savings-body.ts";

/** What routing saved: projected for all requests of the period, and beside it what the ledger verified. */
export function SavedFigure({ projectedUsd }: { readonly projectedUsd: number }) {
  const { route } = useRoute();
  const { data } = useApi<SavingsBody>(route === null ? null : withQuery("/admin/savings", { route }));
  const month = data?.months.at(-1);
  return (
    <Figure
      label="Saved (projected)"
      value={usd(projectedUsd)}
      help="What the incumbent would have cost for the same requests at list prices, less what was paid. Nobody measured it: the verified figure compares with sessions that were held back."
      note={
        <Anchor component={Link} href="/savings" underline="always">
          {month == null || month.saved_usd === null
            ? "nothing verified yet"
            : `verified, ${month.month}: ${usd(month.saved_usd)} [${bound(month.saved_low_usd)}, ${bound(month.saved_high_usd)}]`}
        </Anchor>
      }
    />
  );
}

function bound(value: number | null): string {
  return value === null ? "no bound" : usd(value);
}
