import { Alert, Stack } from "@mantine/core";
import { useApi } from "../../api/use-api.ts";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import { FamilyCard } from "./family-card.tsx";
import { RetrainPanel } from "./retrain-panel.tsx";
import type { RouterFamily, RoutersBody } from "./router-body.ts";

/** Trained routers, which one serves, and how they are learned anew. */
export default function Routers() {
  const routers = useApi<RoutersBody>("/admin/routers");
  return (
    <>
      <PageHead
        title="Routers"
        about="Trained routers, which one serves, the way back, and how they are learned anew"
      />
      <Resource of={routers}>
        {({ serving, routers: all }) => {
          const families = all.filter(isRouter);
          const isServing = ({ name }: RouterFamily) => name === serving.name;
          return (
            <Stack>
              {serving.degraded === null ? null : (
                <Alert color="red" title="No router serves">
                  {serving.degraded} Every route is served by its incumbent until a version opens.
                </Alert>
              )}
              {families.length === 0 ? (
                <Empty title="No trained router">Train one from your own outcomes with `weir train`.</Empty>
              ) : null}
              {families.filter(isServing).map((family) => (
                <FamilyCard key={family.name} family={family} isServing />
              ))}
              <RetrainPanel />
              {families
                .filter((family) => !isServing(family))
                .map((family) => (
                  <FamilyCard key={family.name} family={family} isServing={false} />
                ))}
            </Stack>
          );
        }}
      </Resource>
    </>
  );
}

/** Encoders lie in the same folder, and have neither a tier nor a day of training. */
function isRouter({ versions }: RouterFamily): boolean {
  return versions.some(({ tier, created_at: at }) => tier !== null || at !== null);
}
