import { rm } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { readManifest } from "../../engine/artifact.ts";
import { calibrationFunction } from "../../engine/calibration.ts";
import type { Learned, LearnInput, LearningRow, TriedWay } from "../../engine/learning-row.ts";
import { TrainError } from "../errors.ts";
import { sha256 } from "../export/write-artifact.ts";
import { meanLogLoss } from "./log-loss.ts";
import { recalibrate } from "./recalibrate.ts";
import { trainAnew } from "./train-anew.ts";
import { writeRecalibrated } from "./write-recalibrated.ts";

/** Share of the rows, the last ones, by which the ways of learning are judged. */
const SELECTION = 0.2;
const LEAST_ROWS = 50;

/**
 * Learns a router from a route's own traffic, in the way that foretells the later part of it best: the serving router with
 * its qualities fitted anew, which needs no text, or one trained from the texts. Same rows and seed, same bytes.
 *
 * @throws TrainError `too_few_rows`
 */
export async function learn(input: LearnInput): Promise<Learned> {
  const { rows, serving, incumbent, onStage } = input;
  if (rows.length < LEAST_ROWS) {
    throw new TrainError(
      "too_few_rows",
      `${rows.length} requests with a verdict to learn from; at least ${LEAST_ROWS} are needed`,
    );
  }
  const digest = sha256(JSON.stringify(rows));
  const manifest = await readManifest(pathToFileURL(`${serving}/`));
  const models = manifest.models.map(({ model }) => model);
  const { learning, selection } = byTime(rows);

  onStage("recalibrate");
  const tried: TriedWay[] = [
    {
      way: "unchanged",
      logLoss: meanLogLoss(selection, (row, model) => expectedOf(selection[row]!, model)),
      note: null,
    },
    { way: "recalibrated", ...recalibratedLoss(learning, selection, models, incumbent) },
  ];
  onStage("train");
  const anew = await trainAnew(learning, selection, manifest, digest, input);
  tried.push(
    anew.kind === "skipped"
      ? { way: "trained", logLoss: null, note: anew.note }
      : { way: "trained", logLoss: meanLogLoss(selection, anew.foretell), note: anew.result.router.choice.name },
  );
  const [, recalibrated, trained] = tried;
  if (anew.kind === "trained") {
    if (isBetter(trained!, recalibrated!)) {
      return { folder: anew.result.folder, way: "trained", tried, adjusted: null, digest };
    }
    await rm(anew.result.folder, { recursive: true, force: true });
  }
  const adjusted = recalibrate(rows, models, incumbent);
  const folder = await writeRecalibrated(input, adjusted, { digest, tried });
  return { folder, way: "recalibrated", tried, adjusted, digest };
}

/** A way that was not judged is no better than any other; where nothing was foretold before, the text has to do. */
function isBetter(one: TriedWay, other: TriedWay): boolean {
  if (other.logLoss === null) return true;
  return one.logLoss !== null && one.logLoss < other.logLoss;
}

function byTime(rows: readonly LearningRow[]): { learning: readonly LearningRow[]; selection: readonly LearningRow[] } {
  const at = Math.floor(rows.length * (1 - SELECTION));
  const seen = new Set(rows.slice(0, at).map(({ session }) => session));
  return { learning: rows.slice(0, at), selection: rows.slice(at).filter(({ session }) => !seen.has(session)) };
}

function recalibratedLoss(
  learning: readonly LearningRow[],
  selection: readonly LearningRow[],
  models: readonly string[],
  incumbent: string,
): Pick<TriedWay, "logLoss" | "note"> {
  const fitted = recalibrate(learning, models, incumbent);
  const functions = new Map(
    Object.entries(fitted).map(([model, calibration]) => [model, calibrationFunction(calibration)]),
  );
  const logLoss = meanLogLoss(selection, (row, model) => {
    const expected = expectedOf(selection[row]!, model);
    return expected === null ? null : (functions.get(model)?.(expected) ?? null);
  });
  return { logLoss, note: logLoss === null ? "no outcome that the serving router had expected" : null };
}

function expectedOf({ outcomes }: LearningRow, model: string): number | null {
  return outcomes.find((outcome) => outcome.model === model)?.expected ?? null;
}
