import { useApi } from "../api/use-api.ts";
import { sectionUrl } from "./save-section.ts";
import type { SectionBody, SectionInfo } from "./section-body.ts";

/** A section of weir.yaml with how it is written, and what its fields mean. */
export function useSection(section: string) {
  const body = useApi<SectionBody>(sectionUrl(section));
  const sections = useApi<readonly SectionInfo[]>("/admin/settings/sections");
  const info = sections.data?.find((one) => one.section === section);
  return {
    data: body.data === undefined || info === undefined ? undefined : { body: body.data, info },
    error: body.error ?? sections.error,
    mutate: () => {
      void sections.mutate();
      return body.mutate();
    },
  };
}
