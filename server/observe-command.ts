import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { askServer, type ServerFlags } from "./admin-client.ts";
import { ApiError } from "./errors.ts";
import type { reportBody } from "./observation/observe/report-body.ts";
import { parseLine, readLines } from "./read-lines.ts";

type Report = ReturnType<typeof reportBody>;
type Point = NonNullable<Report["projected"]>;
type Figure = Point["saving"];

export interface ObserveFlags extends ServerFlags {
  readonly route: string;
  readonly observation?: string;
  readonly json?: boolean;
}

export interface LabelFlags extends ServerFlags {
  readonly route: string;
  readonly file?: string;
  readonly out?: string;
}

const Label = z.looseObject({ request: z.string().min(1), better: z.enum(["a", "b", "tie"]) });
const Tasks = z.looseObject({ tasks: z.array(z.looseObject({ request: z.string() })) });
const MOST_TASKS = 100;
const LABELS_AT_ONCE = 1_000;

/** `weir observe`: what routing would have saved, and at what quality, by the audits so far. */
export async function observeCommand({ route, observation, json, ...flags }: ObserveFlags): Promise<void> {
  const query = new URLSearchParams({ route, ...(observation === undefined ? {} : { observation }) });
  const answer = (await askServer(flags, `/admin/observation?${query}`)) as Report; // what our own route answers
  print(json === true ? JSON.stringify(answer, null, 2) : observeText(answer));
}

/** `weir observe restart`: begins anew; the observation that ran is kept. */
export async function restartObservation({ route, json, ...flags }: ObserveFlags): Promise<void> {
  const options = { method: "POST", body: { route } };
  const answer = (await askServer(flags, "/admin/observation/restart", options)) as Report; // as above
  print(json === true ? JSON.stringify(answer, null, 2) : `route ${route}: observed anew (${answer.observation})`);
}

/** `weir observe label`: writes what waits for labels, or takes them from a file. */
export async function labelCommand({ route, file, out, ...flags }: LabelFlags): Promise<void> {
  if (file === undefined) {
    const query = new URLSearchParams({ route, limit: String(MOST_TASKS) });
    const { tasks } = Tasks.parse(await askServer(flags, `/admin/observation/labels?${query}`));
    const lines = tasks.map((task) => JSON.stringify({ ...task, better: null }));
    if (out === undefined || out === "-") return print(lines.join("\n"));
    await writeFile(out, `${lines.join("\n")}\n`, { flag: "wx" }).catch((cause: unknown) => {
      throw new ApiError("invalid_request", "cannot be written; an existing file is kept", { place: out, cause });
    });
    return print(`${tasks.length} audits to label in ${out}: set "better" to "a", "b" or "tie"`);
  }
  await readFile(file).catch((cause: unknown) => {
    throw new ApiError("invalid_request", "cannot read the file", { place: file, cause });
  });
  const labels: { request: string; better: "a" | "b" | "tie" }[] = [];
  for await (const { text, line } of readLines(file)) {
    const { request, better } = parseLine(Label, text, `line ${line}`);
    labels.push({ request, better });
  }
  for (let from = 0; from < labels.length; from += LABELS_AT_ONCE) {
    const body = { labels: labels.slice(from, from + LABELS_AT_ONCE) };
    await askServer(flags, "/admin/observation/labels", { method: "POST", body });
  }
  print(`${labels.length} labels taken`);
}

const NAME_CHARS = 20;

/** The report for a terminal of 80 columns. */
export function observeText(report: Report): string {
  const { projected, audits, traffic, envelope, noise_floor: noise, certifiable, promise, tighter } = report;
  const ofDays = report.days === null ? "" : ` of ${report.days}`;
  const lines = [
    `route ${report.route}: day ${report.day}${ofDays}, ${report.state}`,
    `  drawn with the salt committed to as ${report.commitment.slice(0, 32)}`,
    `                                      ${report.commitment.slice(32)}`,
    "",
    `traffic   ${count(traffic.requests)} requests, ${usd(traffic.cost_usd)}; ${percent(traffic.excluded_share)} excluded${reasons(traffic.excluded)}`,
    `audits    ${count(audits.done)} done, ${count(audits.queued)} queued, ${count(audits.unjudged)} not judged, ${count(audits.lost)} lost`,
    `          replays ${usd(audits.replay_usd)}, judges ${usd(audits.judge_usd)}; today ${usd(audits.spent_today_usd)} of ${usd(audits.daily_usd)}`,
    ...(audits.note === null ? [] : [`          ${audits.note}`]),
    "",
    ...envelope.flatMap(({ model, low, high, name }, i) => [
      ...(i === 0 ? [name] : []),
      `  all to ${model.slice(0, 40).padEnd(40)} ${percent(low)} to ${percent(high)}`,
    ]),
    "",
    ...projectedLines(projected, promise.confidence),
    ...groupLines(report),
    ...(noise === null
      ? []
      : [
          `noise     the incumbent differs from itself in ${percent(noise.discordant_share)} of ${noise.audits} second answers`,
        ]),
    ...certifiableLines(certifiable, promise),
    ...(tighter.audits_to_halve === null
      ? []
      : [`          ${count(tighter.audits_to_halve)} more audits would halve the intervals`]),
    ...(report.labels.people === 0 ? [] : [`labels    ${count(report.labels.people)} by people`]),
  ];
  return lines.join("\n").replace(/\n{3,}/g, "\n\n");
}

function projectedLines(projected: Point | null, confidence: number): string[] {
  if (projected === null) return ["what routing would do: not yet known"];
  const { moved_share, saving, quality_difference } = projected;
  if (saving.method === "no_audit_bound") {
    return [
      `the policy as it is would move ${percent(moved_share)} of requests`,
      `  what that saves is not yet known: ${projected.audits} of at least 100 audits`,
    ];
  }
  return [
    `the policy as it is would move ${percent(moved_share)} of requests`,
    `  saving             ${interval(saving)} of the cost`,
    `  quality difference ${interval(quality_difference, signed)}`,
    `  (intervals hold the truth on all days together with ${whole(confidence)} confidence)`,
  ];
}

function groupLines({ by }: Report): string[] {
  return Object.entries(by).flatMap(([kind, groups]) =>
    groups.length === 0
      ? []
      : [
          "",
          `${kind.padEnd(NAME_CHARS)} requests  moved  saving (low to high)   quality difference`,
          ...groups.map(({ name, requests, moved_share, saving, quality_difference }) => {
            const isKnown = saving.method !== "no_audit_bound";
            const figures = isKnown
              ? `${short(saving, whole).padEnd(22)} ${short(quality_difference, signed)}`
              : "not yet known";
            const shown = name.length > NAME_CHARS ? `${name.slice(0, NAME_CHARS - 1)}~` : name;
            return `${shown.padEnd(NAME_CHARS)} ${count(requests).padStart(8)} ${whole(moved_share).padStart(6)}  ${figures}`;
          }),
          "",
        ],
  );
}

function certifiableLines({ refusal, overall }: Report["certifiable"], promise: Report["promise"]): string[] {
  const goal = `a quality loss of at most ${percent(promise.max_quality_loss)} (confidence ${whole(promise.confidence)})`;
  if (refusal === "too_many_lost") return ["certify   not possible: more than 1 % of the audits were lost"];
  if (refusal !== null || overall === null) return ["certify   nothing can be certified without audits"];
  const missing =
    overall.samples_missing === null
      ? overall.is_possible
        ? []
        : ["          at the loss seen no number of audits would show more"]
      : [`          ${count(overall.samples_missing)} more audits for the next step`];
  return [`certify   ${percent(overall.share)} of requests may be moved with`, `          ${goal}`, ...missing];
}

function reasons(excluded: Report["traffic"]["excluded"]): string {
  const first = excluded.slice(0, 2).map(({ reason, share }) => `${reason} ${whole(share)}`);
  return first.length === 0 ? "" : ` (${first.join(", ")})`;
}

function interval({ value, low, high }: Figure, format: (share: number) => string = percent): string {
  return `${bound(value, format)} (${bound(low, format)} to ${bound(high, format)})`;
}

function short({ low, high }: Figure, format: (share: number) => string): string {
  return `${bound(low, format)} to ${bound(high, format)}`;
}

function bound(figure: number | null, format: (share: number) => string): string {
  return figure === null ? "?" : format(figure);
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const whole = (share: number) => `${Math.round(100 * share)} %`;
const signed = (difference: number) => `${difference < 0 ? "" : "+"}${difference.toFixed(3)}`;
const usd = (amount: number) => `${amount.toFixed(amount < 1 ? 4 : 2)} USD`;
const count = (value: number) => value.toLocaleString("en-US");

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
