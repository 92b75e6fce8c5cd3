import type { z } from "zod";
import { discover, type Named } from "../engine/discover.ts";
import type { QualityRecord } from "../engine/schema/quality-record.ts";
import { DatasetError } from "./errors.ts";
import type { FieldMapping } from "./field-mapping.ts";
import type { ReadOptions } from "./read-lines.ts";
import type { RowIssues } from "./row-issues.ts";

/** A record as an importer found it: checked against the schema by whoever reads it. */
export interface PlacedRecord {
  readonly file: string;
  /** Line, item or row number, from 1. */
  readonly line: number;
  readonly record: z.input<typeof QualityRecord>;
}

/** What the reader gives to an importer. */
export interface ImportContext {
  readonly issues: RowIssues;
  /** Our field -> column or path of the input; empty when none was given. */
  readonly mapping: FieldMapping;
  /** Name to give to the data; null: the importer's own. */
  readonly source: string | null;
  /** Only these sources, for inputs that hold several; null: all. */
  readonly sources: readonly string[] | null;
  /** Who judged the quality, for inputs that do not say. */
  readonly qualitySource: QualityRecord["quality_source"] | null;
  /** Announces all files before the first is read, so that progress has a whole. */
  plan(files: readonly string[]): Promise<void>;
  /** Progress and broken lines of one file. */
  reading(file: string): ReadOptions;
  /** A file has been read to its end. */
  done(file: string, digest: string): void;
}

export interface ImportInput {
  readonly path: string;
  readonly isFolder: boolean;
  /** Names in the folder; empty for a file. */
  readonly entries: readonly string[];
}

/** Plug-in of datasets/importers/: turns one public layout or log format into quality records, in a stream. */
export interface Importer extends Named {
  /** One line for `weir datasets list`. */
  readonly title: string;
  /** What `--in` must be. */
  readonly takes: string;
  /** Whether `--map` has a meaning. */
  readonly mappable: boolean;
  /** Whether an input, when no importer was named, is this one's by its looks. */
  detect(input: ImportInput): boolean;
  read(path: string, context: ImportContext): AsyncGenerator<readonly PlacedRecord[], void>;
}

export function defineImporter(importer: Importer): Importer {
  return importer;
}

let known: Promise<ReadonlyMap<string, Importer>> | null = null;

export function importers(): Promise<ReadonlyMap<string, Importer>> {
  known ??= discover<Importer>(new URL("./importers/", import.meta.url));
  return known;
}

/** @throws DatasetError `importer_unknown`, with the names that there are */
export async function importerNamed(name: string): Promise<Importer> {
  const all = await importers();
  const importer = all.get(name);
  if (importer) return importer;
  throw new DatasetError("importer_unknown", `no importer "${name}"; there are ${[...all.keys()].join(", ")}`);
}
