import { createBudgets } from "./budgets/budgets.ts";
import { type ConfigFlags, processEnvironment, readSettings } from "./config.ts";
import { ApiError } from "./errors.ts";
import { createIds } from "./ids.ts";
import { type KeyBody, KeyCreate } from "./keys/key-body.ts";
import { createKeyDesk, type KeyDesk } from "./keys/key-desk.ts";
import { createKeys } from "./keys/keys.ts";
import { openStorage } from "./open-storage.ts";
import { readInput } from "./read-input.ts";

export interface KeysFlags extends ConfigFlags {
  readonly json?: boolean;
}

export interface CreateFlags extends KeysFlags {
  readonly name: string;
  readonly tenant?: string;
  readonly team?: string;
  readonly user?: string;
  readonly routes?: string;
  readonly allowModels?: string;
  readonly tags?: string;
  readonly expires?: string;
  readonly rpm?: string;
  readonly tpm?: string;
  readonly parallel?: string;
  readonly budgetUsd?: string;
  readonly window?: string;
  readonly soft?: boolean;
}

const PAGE = 1_000;
const UNITS_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** `weir keys create`: the key goes to stdout alone, what was made to stderr. */
export async function createKey(flags: CreateFlags): Promise<void> {
  const body = readInput(KeyCreate, {
    name: flags.name,
    ...given("tenant", flags.tenant),
    ...given("team", flags.team),
    ...given("user", flags.user),
    ...given("routes", listOf(flags.routes)),
    ...given("models", listOf(flags.allowModels)),
    ...given("tags", listOf(flags.tags)),
    ...given("expires_at", expiryOf(flags.expires)),
    limits: {
      ...given("rpm", numberOf(flags.rpm)),
      ...given("tpm", numberOf(flags.tpm)),
      ...given("parallel", numberOf(flags.parallel)),
    },
    ...(flags.budgetUsd === undefined
      ? {}
      : { budget: { usd: Number(flags.budgetUsd), window: flags.window ?? "1mo", hard: flags.soft !== true } }),
  });
  if (flags.budgetUsd === undefined && (flags.window !== undefined || flags.soft === true)) {
    const message = "--window and --soft say how a budget is counted: --budget-usd is needed";
    throw new ApiError("invalid_request", message, { place: "--budget-usd" });
  }
  await atDesk(flags, async (desk) => {
    const issued = await desk.create(body);
    if (flags.json === true) return print(issued);
    process.stderr.write(`key ${issued.id} (${issued.name}); it is shown this once:\n`);
    process.stdout.write(`${issued.key}\n`);
  });
}

export async function listKeys(flags: KeysFlags): Promise<void> {
  await atDesk(flags, async (desk) => {
    const keys: KeyBody[] = [];
    for (let after: string | null = null; ; ) {
      const page: readonly KeyBody[] = await desk.list({ after, limit: PAGE });
      keys.push(...page);
      if (page.length < PAGE) break;
      after = page.at(-1)!.id;
    }
    if (flags.json === true) return print({ keys });
    if (keys.length === 0) return void process.stdout.write("no keys\n");
    const { terminalTable } = await import("../engine/terminal-table.ts");
    const nowMs = Date.now();
    const rows = keys.map(({ id, prefix, name, tenant, team, user, expires_at, disabled }) => {
      const state = disabled ? "disabled" : isPast(expires_at, nowMs) ? "expired" : "";
      const owners = Object.entries({ tenant, team, user }).flatMap(([kind, who]) =>
        who === null ? [] : [`${kind} ${who}`],
      );
      return [id, `${prefix}...`, name, owners.join(", ") || "-", expires_at ?? "never", state];
    });
    process.stdout.write(`${terminalTable(["id", "key", "name", "owner", "expires", "state"], rows)}\n`);
  });
}

export async function switchKey(keyId: string, disabled: boolean, flags: KeysFlags): Promise<void> {
  await atDesk(flags, async (desk) => {
    const key = await desk.change(keyId, { disabled });
    if (flags.json === true) print(key);
    else process.stdout.write(`${keyId} is ${disabled ? "disabled" : "enabled"}\n`);
  });
}

export async function revokeKey(keyId: string, flags: KeysFlags): Promise<void> {
  await atDesk(flags, async (desk) => {
    await desk.revoke(keyId);
    if (flags.json === true) print({ id: keyId, revoked: true });
    else process.stdout.write(`${keyId} is revoked\n`);
  });
}

export async function rotateKey(keyId: string, flags: KeysFlags & { readonly overlap: string }): Promise<void> {
  const overlapMs = durationMs(flags.overlap, "--overlap");
  await atDesk(flags, async (desk) => {
    const issued = await desk.rotate(keyId, overlapMs);
    if (flags.json === true) return print(issued);
    process.stderr.write(`new text of ${keyId}, shown this once; the old one goes on for ${flags.overlap}:\n`);
    process.stdout.write(`${issued.key}\n`);
  });
}

/** On the database itself: running servers see the change within a second. */
async function atDesk(flags: KeysFlags, act: (desk: KeyDesk) => Promise<void>): Promise<void> {
  const settings = readSettings(flags, processEnvironment());
  const storage = await openStorage(settings.storage.url);
  try {
    const clock = Date.now;
    const keys = createKeys({ store: storage.keys, clock, newKeyId: createIds("key", { clock }) });
    const newBudgetId = createIds("budget", { clock });
    const budgets = createBudgets({ store: storage.budgets, clock, newBudgetId });
    await budgets.refresh();
    await act(createKeyDesk({ keys, budgets, clock }));
  } finally {
    await storage.close();
  }
}

function isPast(moment: string | null, nowMs: number): boolean {
  return moment !== null && Date.parse(moment) <= nowMs;
}

function listOf(text: string | undefined): string[] | undefined {
  return text
    ?.split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Not a number stays so, and the schema says which field it is. */
function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** A moment, or a time from now such as `30d`. */
function expiryOf(text: string | undefined): string | undefined {
  if (text === undefined || /^\d{4}-/.test(text)) return text;
  return new Date(Date.now() + durationMs(text, "--expires")).toISOString();
}

function durationMs(text: string, place: string): number {
  const match = /^(\d+)([smhd])$/.exec(text);
  if (match === null)
    throw new ApiError("invalid_request", `${place}: a time such as 30m, 12h or 7d is needed`, { place });
  return Number(match[1]) * UNITS_S[match[2]!]! * 1_000;
}

function given(name: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [name]: value };
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
