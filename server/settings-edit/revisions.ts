/** A change of one section, as it is kept. */
export interface Revision {
  readonly revision: number;
  readonly atMs: number;
  /** Who made it: the admin key or a session of the dashboard. */
  readonly by: string;
  readonly section: string;
  /** The section as text of the file; null: there was none. Secrets that stood in it are masked. */
  readonly before: string | null;
  readonly after: string | null;
  /** Whether `before` may be put back: it is the very text, with nothing masked. */
  readonly isRestorable: boolean;
  readonly note: string | null;
}

export interface RevisionFilter {
  readonly section?: string | undefined;
  /** Older than this one. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface RevisionStore {
  /** @returns its number, which is higher than all before */
  add(revision: Omit<Revision, "revision">): number;
  find(revision: number): Revision | null;
  /** Newest first. */
  list(filter: RevisionFilter): readonly Revision[];
}
