import { AppError } from "../engine/errors.ts";

/** Codes are API: never renamed, never reused. All but `network_unavailable` and `download_failed` mean bad input. */
export type DatasetErrorCode =
  | "file_missing"
  | "file_unreadable"
  | "file_exists"
  | "file_unwritable"
  | "gzip_broken"
  | "zip_broken"
  | "utf8_broken"
  | "row_invalid"
  | "column_missing"
  | "column_unknown"
  | "duplicate_record"
  | "importer_unknown"
  | "model_unknown"
  | "source_unknown"
  | "empty_table"
  | "split_invalid"
  | "split_leaks"
  | "checksum_mismatch"
  | "network_unavailable"
  | "download_failed";

/** Everything that can be wrong with data: `place` is `file:line` wherever a line is known. */
export class DatasetError extends AppError<DatasetErrorCode> {}

/** Exit code of the command line: 1 when the world failed, 2 when the input is at fault. */
export function exitCodeOf(error: DatasetError): 1 | 2 {
  return error.code === "network_unavailable" || error.code === "download_failed" ? 1 : 2;
}
