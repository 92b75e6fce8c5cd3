import { diffLines } from "./diff-lines.ts";

const SIGNS = { same: " ", out: "−", in: "+" } as const;
const SAID = { same: undefined, out: "taken out: ", in: "put in: " } as const;

/** What changes between two texts; colours only say again what the signs say. */
export function DiffView({ before, after }: { readonly before: string | null; readonly after: string | null }) {
  const lines = diffLines(before ?? "", after ?? "");
  if (lines.every((line) => line === null)) return <p className="weir-text">Nothing changes.</p>;
  return (
    <pre className="weir-text weir-diff">
      {lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing else to be known by
        <span key={i} data-kind={line?.kind}>
          {line === null ? "…" : <span title={SAID[line.kind]}>{`${SIGNS[line.kind]} ${line.text}`}</span>}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}
