import { loadPolicies } from "../../engine/index.ts";
import { serve } from "../main.ts";

/** `weir serve` as a process of a test: argv is config, models, storage; tells its parent where it listens. */
const [config, models, storage] = process.argv.slice(2);
try {
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
} catch (error) {
  // As the command line does it: the process ends by itself, unless something was left open.
  process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = 2;
}
