import Table from "cli-table3";
import { terminalColumns } from "./environment.ts";

export type Cell = string | number;

/** Text is not wrapped to less. */
const LEAST_COLUMNS = 8;
/** Figures and bars are kept whole. */
const WHOLE = /^[-+−±$\d.,% <>~█-▏]*$/;
/** Nothing around, and blanks between. */
const BARE = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
  ].map((part) => [part, ""]),
);

/**
 * A table as plain text that fits the terminal: with a frame where there is room, else without one and with long words
 * wrapped, else each row as lines of its own. `head` is null for a table of names and values.
 */
export function terminalTable(
  head: readonly string[] | null,
  rows: readonly (readonly Cell[])[],
  columns = terminalColumns(),
): string {
  const body = rows.map((row) => row.map(String));
  const natural = widthsOf(head === null ? body : [head, ...body]);
  if (sum(natural) + 3 * natural.length + 1 <= columns) return drawn(head, body, {});
  const least = leastOf(natural, head, body);
  const roomBetween = (blanks: number) => columns - blanks * (natural.length - 1);
  const wide = narrowed(natural, least, roomBetween(2));
  const fitted = wide ?? narrowed(natural, least, roomBetween(1));
  if (fitted === null) return records(head, body, columns);
  const inColumns = (row: readonly string[]) => row.map((text, i) => wrapped(text, fitted[i]!).join("\n"));
  return drawn(head === null ? null : inColumns(head), body.map(inColumns), {
    ...BARE,
    middle: wide === null ? " " : "  ",
  })
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

function drawn(head: readonly string[] | null, body: readonly (readonly string[])[], chars: Record<string, string>) {
  const isBare = "middle" in chars;
  const padding = isBare ? { "padding-left": 0, "padding-right": 0 } : {};
  const table = new Table({
    ...(head === null ? {} : { head: [...head] }),
    chars,
    style: { head: [], border: [], compact: true, ...padding },
  });
  table.push(...body.map((row) => [...row]));
  return table.toString();
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const most = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: most }, (_, i) => Math.max(0, ...rows.map((row) => lengthOf(row[i] ?? ""))));
}

/** Least widths: figures whole, identifiers whole, the longest word of a heading, some characters of any text. */
function leastOf(natural: readonly number[], head: readonly string[] | null, body: readonly (readonly string[])[]) {
  return natural.map((width, i) => {
    const cells = body.map((row) => row[i] ?? "");
    const title = head?.[i] ?? "";
    const words = Math.max(0, ...title.split(" ").map(lengthOf));
    const isWhole = title === "id" || (head === null && i === 0) || cells.every((cell) => WHOLE.test(cell));
    const content = isWhole ? Math.max(0, ...cells.map(lengthOf)) : Math.min(width, LEAST_COLUMNS);
    return Math.min(width, Math.max(words, content));
  });
}

/** Takes from the widest column until all fit; null when they cannot. */
function narrowed(natural: readonly number[], least: readonly number[], room: number): number[] | null {
  const widths = [...natural];
  for (let excess = sum(widths) - room; excess > 0; excess--) {
    const free = widths.map((width, i) => (width > least[i]! ? width : 0));
    const widest = free.indexOf(Math.max(...free));
    if (free[widest] === 0) return null;
    widths[widest]!--;
  }
  return widths;
}

/** Lines of at most `width`, broken behind blanks and the signs within names where that can be. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of text.match(/[^\s/_,:-]*[\s/_,:-]|[^\s/_,:-]+/g) ?? []) {
    if (lengthOf(`${line}${piece}`.trimEnd()) > width && line !== "") {
      lines.push(line.trimEnd());
      line = "";
    }
    line += piece;
    while (lengthOf(line.trimEnd()) > width) {
      const characters = [...line];
      lines.push(characters.slice(0, width).join(""));
      line = characters.slice(width).join("");
    }
  }
  return line === "" && lines.length > 0 ? lines : [...lines, line.trimEnd()];
}

/** Each row as its fields, one a line. */
function records(head: readonly string[] | null, body: readonly (readonly string[])[], columns: number): string {
  const titles = head ?? [];
  const indent = Math.max(0, ...titles.map(lengthOf)) + 2;
  const field = (title: string, text: string) =>
    wrapped(text, Math.max(LEAST_COLUMNS, columns - indent))
      .map((line, i) => `${(i === 0 ? title : "").padEnd(indent)}${line}`.trimEnd())
      .join("\n");
  return body.map((row) => row.map((text, i) => field(titles[i] ?? "", text)).join("\n")).join("\n\n");
}

function lengthOf(text: string): number {
  return [...text].length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
