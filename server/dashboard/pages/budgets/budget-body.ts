/** A budget of GET /admin/budgets, as far as pages show it. */
export interface BudgetBody {
  readonly id: string;
  readonly name: string | null;
  readonly scope: string;
  readonly subject: string;
  readonly usd?: number;
  readonly tokens?: number;
  readonly window: string;
  /** It stands in weir.yaml and is changed there. */
  readonly of_file: boolean;
  readonly alignment: string;
  readonly hard: boolean;
  readonly webhook: string | null;
  readonly cap: number;
  readonly spent: number;
  readonly reserved: number;
  readonly remaining: number | null;
  readonly resets_at: string | null;
  readonly subjects: readonly { readonly subject: string; readonly spent: number; readonly remaining: number }[];
}

/** Its own name, else whose it is. */
export function budgetTitle({ name, scope, subject }: BudgetBody, keyName: (id: string) => string): string {
  if (name !== null) return name;
  if (subject === "") return "everything";
  if (subject === "*") return `each ${scope}`;
  return `${scope} ${scope === "key" ? keyName(subject) : subject}`;
}
