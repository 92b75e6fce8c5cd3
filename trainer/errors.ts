import { AppError } from "../engine/errors.ts";

export type TrainErrorCode =
  | "bad_data"
  | "bad_option"
  | "unknown_estimator"
  | "unknown_model"
  | "too_few_rows"
  | "singular_matrix"
  | "parity_failed"
  | "gate_failed"
  | "exists"
  | "flat_gap"
  | "fit_failed";

/** Every fault of training that we raise on purpose. */
export class TrainError extends AppError<TrainErrorCode> {}
