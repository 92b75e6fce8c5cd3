import { discover } from "../../engine/discover.ts";
import type { Embedder, EmbedderPlugin } from "../../engine/embedder.ts";
import { TrainError } from "../errors.ts";

/** Which text encoder: the plug-in's name, and its folder or its name under models/encoders/. */
export interface EncoderChoice {
  readonly embedder: string;
  readonly folder: URL | null;
  readonly model: string | null;
}

/** Opens a text encoder on one thread, as serving does. */
export async function openEncoder({ embedder, folder, model }: EncoderChoice): Promise<Embedder> {
  const plugins = await discover<EmbedderPlugin>(new URL("../../engine/embedders/", import.meta.url));
  const plugin = plugins.get(embedder);
  if (plugin === undefined) {
    throw new TrainError(
      "bad_option",
      `no embedder is called ${embedder}; there are ${[...plugins.keys()].join(", ")}`,
    );
  }
  return plugin.open({ folder, model, threads: 1 });
}
