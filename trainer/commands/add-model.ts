import { TrainError } from "../errors.ts";

export interface AddModelCommandOptions {
  readonly artifact: string;
  readonly model: string;
  readonly like: string;
  readonly records: string;
  readonly eligible?: boolean;
  readonly json?: boolean;
}

export async function addModelCommand(_options: AddModelCommandOptions): Promise<void> {
  throw new TrainError("bad_option", "not there yet");
}
