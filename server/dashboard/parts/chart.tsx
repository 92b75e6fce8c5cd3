import { useElementSize } from "@mantine/hooks";
import { type PlotOptions, plot } from "@observablehq/plot";
import { useEffect, useRef } from "react";

/** Narrower than this the ticks of an axis run into one another. */
const NARROW = 420;
const FEW_TICKS = 3;

interface ChartProps {
  /** What is drawn, for whoever does not see it. */
  readonly title: string;
  readonly height?: number;
  readonly options: PlotOptions;
}

/** A drawing as wide as its place; its figures also stand in a table or text beside it. */
export function Chart({ title, height = 240, options }: ChartProps) {
  const { ref, width } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = host;
    if (current === null || width === 0) return undefined;
    const { x } = options;
    const isCrowded = width < NARROW && typeof x?.ticks === "number";
    const drawn = plot({
      style: { background: "transparent", fontSize: "12px", fontFamily: "inherit" },
      ...options,
      ...(isCrowded ? { x: { ...x, ticks: FEW_TICKS } } : {}),
      width,
      height,
      ariaLabel: title,
    });
    drawn.setAttribute("role", "img");
    // One picture with one name: its parts' names are for whoever writes it.
    for (const part of drawn.querySelectorAll("g[aria-label]")) part.removeAttribute("aria-label");
    current.append(drawn);
    return () => drawn.remove();
  }, [options, width, height, title]);
  return (
    <figure ref={ref} className="weir-chart">
      <div ref={host} style={{ minHeight: height }} />
    </figure>
  );
}
