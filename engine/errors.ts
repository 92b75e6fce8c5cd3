/** Base of every error that we raise on purpose. `code` is API: never renamed, never reused. */
export class AppError<Code extends string = string> extends Error {
  readonly code: Code;
  /** Where the fault lies, e.g. `messages.0.content` or `line 17`; null when the whole input is at fault. */
  readonly place: string | null;

  constructor(code: Code, message: string, options: { place?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.place = options.place ?? null;
  }
}

export type EngineErrorCode =
  | "artifact_missing"
  | "artifact_corrupt"
  | "artifact_mismatch"
  | "invalid_request"
  | "no_candidate"
  | "scorer_failed"
  | "unknown_model"
  | "unknown_policy"
  | "plugin_invalid";

export class EngineError extends AppError<EngineErrorCode> {}
