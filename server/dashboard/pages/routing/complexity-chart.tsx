import { type PlotOptions, rectY, ruleY } from "@observablehq/plot";
import { useMemo } from "react";
import { Chart } from "../../parts/chart.tsx";

/** Requests by predicted complexity: how likely a model of the reference tier is to fail. */
export function ComplexityChart({ bins }: { readonly bins: readonly number[] }) {
  const options = useMemo<PlotOptions>(() => {
    const width = 1 / bins.length;
    const bars = bins.map((requests, i) => ({ from: i * width, to: (i + 1) * width, requests }));
    return {
      marginBottom: 42,
      marginTop: 28,
      marginLeft: 48,
      x: { label: "predicted failure of the reference tier", domain: [0, 1], tickFormat: "%" },
      y: { label: "requests", grid: true, ticks: 4, nice: true },
      marks: [
        rectY(bars, { x1: "from", x2: "to", y: "requests", fill: "var(--weir-cost)", insetLeft: 1, insetRight: 1 }),
        ruleY([0]),
      ],
    };
  }, [bins]);
  return <Chart title="Number of requests by predicted complexity" height={220} options={options} />;
}
