import { loadPolicies } from "../../engine/index.ts";
import { serve } from "../main.ts";

/** `weir serve` as a process of a test: argv is config, models, storage; tells its parent where it listens. */
const [config, models, storage] = process.argv.slice(2);
const { address } = await serve(
  {
    port: 0,
    ...(config === undefined ? {} : { config }),
    ...(models === undefined ? {} : { models }),
    ...(storage === undefined ? {} : { storage }),
  },
  await loadPolicies(),
);
process.send?.(address);
