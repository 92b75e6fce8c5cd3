import type { Problem } from "../../errors.ts";
import { problemsOf } from "../../problems.ts";
import type { Settings } from "../../settings.ts";
import { familyOf } from "./judge.ts";
import { loadVerifiers } from "./verify.ts";

/** What is wrong with the routes' `observation` sections beyond their shape: verifiers and judges that there are not. */
export async function observationProblems({
  routes,
  candidates,
  upstreams,
}: Pick<Settings, "routes" | "candidates" | "upstreams">): Promise<Problem[]> {
  const sections = Object.entries(routes).flatMap(([name, { observation }]) =>
    observation === undefined ? [] : [{ at: `routes.${name}.observation`, ...observation }],
  );
  if (sections.length === 0) return [];
  const known = await loadVerifiers();
  const isModel = (id: string) =>
    candidates.some((candidate) => candidate.id === id) || Object.hasOwn(upstreams, id.slice(0, id.indexOf("/")));
  return sections.flatMap(({ at, verifiers, judge }) => [
    ...verifiers.flatMap(({ use, when: _when, ...options }, i): Problem[] => {
      const verifier = known.get(use);
      const place = `${at}.verifiers.${i}`;
      if (verifier === undefined) {
        return [
          { path: `${place}.use`, message: `"${use}" is not a verifier (known: ${[...known.keys()].join(", ")})` },
        ];
      }
      const parsed = verifier.options.safeParse(options);
      return parsed.success ? [] : problemsOf(parsed.error, place);
    }),
    ...[judge.model ?? []].flat().flatMap((id): Problem[] => {
      if (isModel(id)) return [];
      const message = `"${id}" is neither under candidates nor <upstream>/<model> of a configured upstream`;
      return [{ path: `${at}.judge.model`, message }];
    }),
  ]);
}

/** What an operator should know of judges that there are. */
export function judgeNotices({ routes }: Pick<Settings, "routes">): string[] {
  return Object.entries(routes).flatMap(([name, { incumbent, candidates, observation }]) => {
    const judges = [observation?.judge.model ?? []].flat();
    const families = new Set([incumbent, ...candidates].map((model) => familyOf({ model })));
    const isKin = judges.length > 0 && judges.every((model) => families.has(familyOf({ model })));
    return isKin
      ? [`routes.${name}.observation.judge: every judge is of a judged model's family, and may like its answers better`]
      : [];
  });
}
