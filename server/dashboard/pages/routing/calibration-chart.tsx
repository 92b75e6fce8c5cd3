import { dot, link, type PlotOptions, pointer, ruleX, tip } from "@observablehq/plot";
import { useMemo } from "react";
import { count, percent } from "../../format.ts";
import { Chart } from "../../parts/chart.tsx";
import type { CalibrationBin } from "../observation/observation-body.ts";

const MARGIN = 0.1;

/** Realised over promised quality difference, bin by bin; on the dashed line what was promised came true. */
export function CalibrationChart({ bins }: { readonly bins: readonly CalibrationBin[] }) {
  const options = useMemo<PlotOptions>(() => {
    const known = bins.flatMap((bin) => {
      const { value, low, high, method } = bin.realised;
      if (value === null || low === null || high === null || method === "no_audit_bound") return [];
      return [{ ...bin, value, low, high }];
    });
    const ends = known.flatMap(({ promised, low, high }) => [promised, low, high]);
    const [least, most] = [Math.min(0, ...ends), Math.max(0, ...ends)];
    const room = MARGIN * (most - least || 1);
    const domain = [least - room, most + room] as const;
    return {
      marginLeft: 56,
      marginTop: 28,
      marginRight: 24,
      marginBottom: 42,
      x: { label: "promised quality difference to the incumbent", domain, ticks: 5, tickFormat: percent, grid: true },
      y: { label: "found by audits", domain, ticks: 6, tickFormat: percent, grid: true },
      marks: [
        link([domain], {
          x1: ([from]) => from,
          y1: ([from]) => from,
          x2: ([, to]) => to,
          y2: ([, to]) => to,
          stroke: "var(--weir-before)",
          strokeDasharray: "4 3",
        }),
        ruleX(known, { x: "promised", y1: "low", y2: "high", stroke: "var(--weir-cost)", strokeWidth: 2 }),
        dot(known, { x: "promised", y: "value", r: 4, fill: "var(--weir-cost)" }),
        tip(
          known,
          pointer({
            x: "promised",
            y: "value",
            fill: "var(--mantine-color-body)",
            title: ({ promised, value, low, high, audits }: (typeof known)[number]) =>
              `promised ${percent(promised)}\nfound ${percent(value)} [${percent(low)}, ${percent(high)}]\n${count(audits)} audits`,
          }),
        ),
      ],
    };
  }, [bins]);
  return (
    <Chart title="Realised over promised quality difference, by bins with intervals" height={260} options={options} />
  );
}
