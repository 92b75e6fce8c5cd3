import { SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useApi } from "../../api/use-api.ts";
import { count, percent, short, usd } from "../../format.ts";
import { SavedNote } from "../../forms/saved-note.tsx";
import type { SavedSection } from "../../forms/section-body.ts";
import { SectionPanel } from "../../forms/section-panel.tsx";
import { BarList } from "../../parts/bar-list.tsx";
import { Figure } from "../../parts/figure.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import { cacheText } from "../../words.ts";
import { ForgetButton } from "./forget-button.tsx";
import { HitsFigure } from "./hits-figure.tsx";

interface CacheBody {
  readonly memory: { readonly entries: number; readonly bytes: number };
  readonly disk: {
    readonly entries: number;
    readonly bytes: number;
    readonly corrupt: number;
    readonly failures: number;
  };
  readonly outcomes: Readonly<Record<string, number>>;
  readonly saved_usd: number;
  readonly under_way: { readonly calls: number; readonly clients: number };
}

/** Answers that are kept, and what they saved. */
export default function Cache() {
  const cache = useApi<CacheBody>("/admin/cache");
  const [forgotten, setForgotten] = useState<string | null>(null);
  const [edited, setEdited] = useState<SavedSection | null>(null);
  return (
    <>
      <PageHead
        title="Cache"
        about="Answers that are kept, and what they saved; counts are of this process, since it started"
      >
        <ForgetButton onForgotten={setForgotten} />
      </PageHead>
      {forgotten === null ? null : (
        <Text role="status" mb="md">
          {forgotten}
        </Text>
      )}
      <Resource of={cache}>
        {({ memory, disk, outcomes, saved_usd: saved, under_way: running }) => {
          const rows = Object.entries(outcomes).filter(([, requests]) => requests > 0);
          const all = rows.reduce((sum, [, requests]) => sum + requests, 0);
          return (
            <Stack>
              <SimpleGrid cols={{ base: 1, xs: 2, lg: 5 }}>
                <HitsFigure />
                <Figure label="Saved" value={usd(saved)} note="since this process started" />
                <Figure label="In memory" value={count(memory.entries)} note={`${short(memory.bytes)} bytes`} />
                <Figure
                  label="In the storage"
                  value={count(disk.entries)}
                  note={`${short(disk.bytes)} bytes; ${count(disk.corrupt)} damaged and gone`}
                />
                <Figure
                  label="Asked for together"
                  value={count(running.clients)}
                  note={`${count(running.calls)} calls to upstreams serve them`}
                  help="Identical requests at the same time make one call"
                />
              </SimpleGrid>
              {rows.length === 0 ? (
                <Empty title="Nothing was looked up since the start">
                  <Text>
                    Requests with temperature 0 are kept by themselves; a route can keep all with{" "}
                    <code>cache: {"{ exact: all }"}</code>, and answer what means the same with <code>semantic</code>.
                  </Text>
                </Empty>
              ) : (
                <Panel title="What became of lookups">
                  <BarList
                    label="Outcomes"
                    none=""
                    bars={rows.map(([name, requests]) => ({
                      name: cacheText(name),
                      share: requests / all,
                      text: `${count(requests)} (${percent(requests / all)})`,
                    }))}
                  />
                </Panel>
              )}
              <SavedNote saved={edited} onClose={() => setEdited(null)} />
              <SectionPanel section="cache" onSaved={setEdited} />
            </Stack>
          );
        }}
      </Resource>
    </>
  );
}
