import { plainName } from "./_parse.ts";

/** The upstreams that a source's entries need, each once. */
export interface UpstreamBook {
  /** Name of the upstream with these settings. */
  nameFor(wanted: string, settings: Readonly<Record<string, unknown>>): string;
  readonly sections: Readonly<Record<string, unknown>>;
}

export function upstreamBook(): UpstreamBook {
  const sections: Record<string, unknown> = {};
  const names = new Map<string, string>();
  return {
    sections,
    nameFor(wanted, settings) {
      const text = JSON.stringify(settings);
      const known = names.get(text);
      if (known !== undefined) return known;
      const base = plainName(wanted);
      let name = base;
      for (let n = 2; Object.hasOwn(sections, name); n++) name = `${base}-${n}`;
      names.set(text, name);
      sections[name] = settings;
      return name;
    },
  };
}
