/** A configuration in the making, as `weir init` finds or converts it. */
export interface ConfigDraft {
  /** Sections of weir.yaml; values may hold `${NAME}`. */
  readonly sections: Readonly<Record<string, unknown>>;
  /** What the operator should look at: where it was found, and what to do about it. */
  readonly notes: readonly DraftNote[];
}

export interface DraftNote {
  /** Path in the source, e.g. `router_settings.redis_host`. */
  readonly place: string;
  readonly message: string;
}

/** A list of notes that grows while a source is read. */
export function draftNotes(): { readonly notes: DraftNote[]; readonly note: (place: string, message: string) => void } {
  const notes: DraftNote[] = [];
  return {
    notes,
    note(place, message) {
      notes.push({ place, message });
    },
  };
}
