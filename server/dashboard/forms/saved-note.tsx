import { Alert } from "@mantine/core";
import type { SavedSection } from "./section-body.ts";

/** That it is in effect, and what of it is not before the next start. */
export function SavedNote({ saved, onClose }: { readonly saved: SavedSection | null; readonly onClose: () => void }) {
  if (saved === null) return null;
  const { restart, notices } = saved;
  const title = restart.length === 0 ? "Saved, and in effect" : "Saved";
  return (
    <Alert color="green" role="status" title={title} withCloseButton onClose={onClose} closeButtonLabel="Close">
      {restart.length === 0 ? null : <div>In effect after the next start of Weir: {restart.join(", ")}.</div>}
      {notices.map((notice) => (
        <div key={notice}>{notice}</div>
      ))}
    </Alert>
  );
}
