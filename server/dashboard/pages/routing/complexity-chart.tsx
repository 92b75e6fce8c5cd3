import { type PlotOptions, rectY, ruleY } from "@observablehq/plot";
import { useMemo } from "react";
import { Chart } from "../../parts/chart.tsx";

/** Requests by predicted complexity: how likely a model of the reference tier is to fail. */
export function ComplexityChart({ bins }: { readonly bins: readonly number[] }) {
  const options = useMemo<PlotOptions>(() => {
    const width = 1 / bins.length;
    const bars = bins.map((requests, i) => ({ from: i * width, to: (i + 1) * width, requests }));
    return {
      x: { label: "predicted failure of the reference tier", domain: [0, 1] },
      y: { label: "requests", grid: true },
      marks: [rectY(bars, { x1: "from", x2: "to", y: "requests", fill: "var(--weir-cost)" }), ruleY([0])],
    };
  }, [bins]);
  return <Chart title="Requests by predicted complexity" height={200} options={options} />;
}
