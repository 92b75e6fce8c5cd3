import { AppError } from "../engine/errors.ts";

export type BenchErrorCode =
  | "no_data"
  | "no_rows"
  | "one_model"
  | "no_costs"
  | "unknown_model"
  | "unknown_policy"
  | "unknown_baseline"
  | "unknown_study"
  | "bad_option";

export class BenchError extends AppError<BenchErrorCode> {}
