interface QualityRangeProps {
  readonly quality: number;
  /** Lower bound; null where there is none. */
  readonly low: number | null;
}

const WIDTH = 90;
const HEIGHT = 10;

/** An expected quality with its lower bound, in figures and as a line from 0 to 1. */
export function QualityRange({ quality, low }: QualityRangeProps) {
  const middle = HEIGHT / 2;
  return (
    <>
      {quality.toFixed(3)}
      {low === null ? "" : ` (${low.toFixed(3)})`}
      <svg width={WIDTH} height={HEIGHT} aria-hidden="true" style={{ marginLeft: 10, verticalAlign: "middle" }}>
        <line x1={0} x2={WIDTH} y1={middle} y2={middle} stroke="var(--weir-line)" strokeWidth={2} />
        {low === null ? null : (
          <line
            x1={low * WIDTH}
            x2={quality * WIDTH}
            y1={middle}
            y2={middle}
            stroke="var(--weir-cost)"
            strokeWidth={2}
          />
        )}
        <circle cx={Math.min(WIDTH - 4, quality * WIDTH)} cy={middle} r={4} fill="var(--weir-cost)" />
      </svg>
    </>
  );
}
