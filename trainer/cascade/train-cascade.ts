import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { openArtifact } from "../../engine/artifact.ts";
import { CASCADE_GRAPH, CASCADE_SAMPLE } from "../../engine/cascade/cascade-part.ts";
import { encodeCascadeSamples } from "../../engine/cascade/cascade-sample.ts";
import type { CascadePoolManifest } from "../../engine/schema/cascade.ts";
import type { Manifest } from "../../engine/schema/manifest.ts";
import { TrainError } from "../errors.ts";
import { nextVersion, writeArtifact } from "../export/write-artifact.ts";
import { cascadeCard } from "./cascade-card.ts";
import { cascadeGraph } from "./cascade-graph.ts";
import { checkCascadeParity } from "./parity.ts";
import type { CascadePoolDefinition } from "./pool-definitions.ts";
import { poolOfData } from "./pool-of-data.ts";
import { poolsOfLessons } from "./pools-of-lessons.ts";
import { readLessons } from "./read-lessons.ts";
import { cascadeManifest, type TrainedPool } from "./trained-pool.ts";

export interface TrainCascadeOptions {
  /** Folder models/<name>/<version>, which is left as it is. */
  readonly artifact: string;
  /** Folder of outcome data with answers; null: none. */
  readonly data: string | null;
  /** Records with answers, or lessons that a server wrote; null: none. Their pools are asked first. */
  readonly records: string | null;
  readonly pools: readonly CascadePoolDefinition[];
  readonly seed: number;
  readonly now: number;
  readonly onProgress: (stage: string, done: number) => void;
}

/**
 * Writes the next version of an artifact with a cascade: informed models for each pool, learned on train rows, and the
 * rows by which routes solve their plans. Nothing that was there changes, but for an older cascade.
 *
 * @throws TrainError `bad_data` when no pool has the models and rows that it needs
 */
export async function trainCascade(options: TrainCascadeOptions): Promise<{
  readonly folder: string;
  readonly pools: readonly (CascadePoolManifest & { readonly parity: number })[];
}> {
  const folder = pathToFileURL(`${path.resolve(options.artifact)}/`);
  const artifact = await openArtifact(folder);
  try {
    const { manifest } = artifact;
    const found: TrainedPool[] = [];
    if (options.records !== null) {
      options.onProgress("records", 0);
      found.push(...(await poolsOfLessons(await readLessons(options.records, artifact), options.seed)));
    }
    for (const [at, definition] of options.data === null ? [] : options.pools.entries()) {
      options.onProgress(definition.name, at / options.pools.length);
      const pool = await poolOfData(options.data!, definition, artifact, options.seed);
      if (pool !== null) found.push(pool);
    }
    if (found.length === 0) throw new TrainError("bad_data", "the artifact knows too few models of any pool");
    options.onProgress("export", 1);
    const cascade = cascadeManifest(found);
    const graph = cascadeGraph(
      found.map(({ fitted }) => fitted),
      cascade.width,
    );
    const parity = await checkCascadeParity(graph, cascade, found);
    const out = path.dirname(path.dirname(path.resolve(options.artifact)));
    const createdAt = new Date(options.now).toISOString();
    const { files: _, ...rest } = manifest;
    const next: Omit<Manifest, "files"> = {
      ...rest,
      version: await nextVersion(out, manifest.name, createdAt.slice(0, 10)),
      createdAt,
      cascade,
    };
    const kept = Object.keys(manifest.files).filter((file) => file !== CASCADE_GRAPH && file !== CASCADE_SAMPLE);
    const binaries = Object.fromEntries(
      await Promise.all(kept.map(async (file) => [file, await readFile(new URL(file, folder))] as const)),
    );
    const card = await readFile(new URL("CARD.md", folder), "utf8").catch(() => "");
    const written = await writeArtifact(out, {
      manifest: next,
      binaries: {
        ...binaries,
        [CASCADE_GRAPH]: graph,
        [CASCADE_SAMPLE]: encodeCascadeSamples(found.map(({ sample }) => sample)),
      },
      card: cascadeCard(card, cascade),
    });
    return { folder: written, pools: cascade.pools.map((pool, at) => ({ ...pool, parity: parity[at]! })) };
  } finally {
    await artifact.close();
  }
}
