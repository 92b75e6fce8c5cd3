/** One thing that `weir doctor` looked at. `fault` keeps Weir from doing its work; `hint` is worth knowing. */
export interface Finding {
  readonly part: "config" | "keys" | "prices" | "storage" | "port" | "router" | "routes" | "upstream" | "clock";
  readonly level: "ok" | "hint" | "fault";
  readonly message: string;
  /** How to mend it. */
  readonly mend: string | null;
}

export function ok(part: Finding["part"], message: string): Finding {
  return { part, level: "ok", message, mend: null };
}

export function hint(part: Finding["part"], message: string, mend: string | null): Finding {
  return { part, level: "hint", message, mend };
}

export function fault(part: Finding["part"], message: string, mend: string | null): Finding {
  return { part, level: "fault", message, mend };
}
