export interface DiffLine {
  readonly kind: "same" | "out" | "in";
  readonly text: string;
}

/** Lines around a change that are shown with it. */
const AROUND = 3;
/** Beyond this many lines on either side a change is shown as all out and all in. */
const MOST_COMPARED = 1_500;

/** What changes from one text to another, line by line, with a few lines around; `null` stands for lines left out. */
export function diffLines(before: string, after: string): (DiffLine | null)[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  const all = a.length > MOST_COMPARED || b.length > MOST_COMPARED ? wholly(a, b) : compared(a, b);
  const isShown = (i: number) => all.slice(Math.max(0, i - AROUND), i + AROUND + 1).some(({ kind }) => kind !== "same");
  const shown: (DiffLine | null)[] = [];
  for (const [i, line] of all.entries()) {
    if (isShown(i)) shown.push(line);
    else if (shown.at(-1) !== null) shown.push(null);
  }
  return shown;
}

function linesOf(text: string): string[] {
  const whole = text.replace(/\r?\n$/, "");
  return whole === "" ? [] : whole.split(/\r?\n/);
}

function wholly(a: readonly string[], b: readonly string[]): DiffLine[] {
  return [...a.map((text) => ({ kind: "out", text }) as const), ...b.map((text) => ({ kind: "in", text }) as const)];
}

/** By the longest common run of lines; lengths[i][j] is that of what follows a[i] and b[j]. */
function compared(a: readonly string[], b: readonly string[]): DiffLine[] {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: "same", text: a[i]! });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!)) {
      lines.push({ kind: "out", text: a[i++]! });
    } else lines.push({ kind: "in", text: b[j++]! });
  }
  return lines;
}
