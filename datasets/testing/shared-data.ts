import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const beside = fileURLToPath(new URL("../../../shared/data/", import.meta.url));

/** Folder of real outcomes (`WEIR_DATA`, else `../shared/data` beside the project); null where there is none. */
export const sharedData: string | null =
  [process.env.WEIR_DATA, beside].find(
    (folder) => folder !== undefined && existsSync(`${folder}/routellm.outcomes.csv.gz`),
  ) ?? null;
