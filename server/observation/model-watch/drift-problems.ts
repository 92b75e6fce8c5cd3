import type { Problem } from "../../errors.ts";
import type { Settings } from "../../settings.ts";

/** Models of canaries that no route has, and questions of one name. */
export function driftProblems({ drift, routes }: Pick<Settings, "drift" | "routes">): Problem[] {
  const { canaries } = drift;
  if (canaries === undefined) return [];
  const known = new Set(Object.values(routes).flatMap(({ incumbent, candidates }) => [incumbent, ...candidates]));
  const ids = (canaries.prompts ?? []).map(({ id }) => id);
  return [
    ...(canaries.models ?? []).flatMap((model, i) =>
      known.has(model) ? [] : [{ path: `drift.canaries.models.${i}`, message: `no route has the model "${model}"` }],
    ),
    ...ids.flatMap((id, i) =>
      ids.indexOf(id) === i ? [] : [{ path: `drift.canaries.prompts.${i}.id`, message: `"${id}" is there twice` }],
    ),
  ];
}
