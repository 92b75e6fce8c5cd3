import { readRecords } from "../../datasets/read-records.ts";
import { addModel } from "../add-model.ts";
import { runFacts } from "../run-facts.ts";

export interface AddModelCommandOptions {
  readonly artifact: string;
  readonly model: string;
  readonly like: string;
  readonly records: string;
  readonly eligible?: boolean;
  /** Epoch seconds. */
  readonly madeAt?: string;
  readonly json?: boolean;
}

/** `weir train add-model`: the next version of an artifact, with one model more. */
export async function addModelCommand(options: AddModelCommandOptions): Promise<void> {
  const table = await readRecords(options.records);
  const { now } = runFacts(options.madeAt, Date.now);
  const result = await addModel(table, { ...options, eligible: options.eligible ?? false, now });
  const { folder, added, eligible } = result;
  const facts = { folder, model: options.model, labels: added.labels, skill: added.skill, eligible };
  if (options.json) {
    process.stdout.write(`${JSON.stringify(facts)}\n`);
    return;
  }
  const skill = Number.isNaN(added.skill) ? "" : `, Brier skill over its own mean ${added.skill.toFixed(3)}`;
  process.stdout.write(
    `wrote ${folder}: ${options.model} from ${added.labels} labels${skill}; ${eligible ? "eligible" : "not eligible until shown good"}\n`,
  );
}
