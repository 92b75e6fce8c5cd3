import { Anchor } from "@mantine/core";
import { Link } from "wouter";
import { percent, usd } from "../../format.ts";
import { Figure } from "../../parts/figure.tsx";

interface SavedFigureProps {
  readonly projectedUsd: number;
  readonly costUsd: number;
}

/** What routing saved, projected for all requests of the period; what of it is verified stands in the story above. */
export function SavedFigure({ projectedUsd, costUsd }: SavedFigureProps) {
  const before = projectedUsd + costUsd;
  return (
    <Figure
      label="Saved (projected)"
      value={usd(projectedUsd)}
      change={before > 0 && projectedUsd > 0 ? percent(projectedUsd / before) : null}
      help="What the incumbent would have cost for the same requests at list prices, less what was paid. Nobody measured it: the verified figure compares with sessions that were held back."
      note={
        <Anchor component={Link} href="/savings" underline="always">
          and what is verified
        </Anchor>
      }
    />
  );
}
