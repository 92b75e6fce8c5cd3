/** Scalars by name, as `x-weir-metadata` has them. */
export type Metadata = Readonly<Record<string, string | number | boolean | null>>;

/** Whom a request is for, as the client says it; names and session may be absent. */
export interface Attribution {
  readonly metadata: Metadata;
  readonly session: string | null;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const MOST_CHARS = 8192;
const MOST_NAME_CHARS = 64;
const MOST_VALUE_CHARS = 256;
const MOST_FIELDS = 32;

/** Headers of other gateways that hold a JSON object. */
const OBJECT_HEADERS = [
  "x-portkey-metadata",
  "cf-aig-metadata",
  "x-litellm-spend-logs-metadata",
  "x-helicone-metadata",
];
/** Headers of other gateways that hold one field. */
const FIELD_HEADERS: Readonly<Record<string, string>> = {
  "helicone-user-id": "user",
  "x-litellm-customer-id": "user",
  "x-litellm-end-user-id": "user",
  "x-litellm-tags": "tags",
  "x-bf-customer-id": "tenant",
  "x-bf-customer-name": "customer_name",
  "x-title": "app",
};
/** A prefix, behind which the header's name is the field's. */
const PREFIXES = ["helicone-property-", "x-bf-dim-"];
const SESSION_HEADERS = ["helicone-session-id", "x-litellm-trace-id", "x-portkey-trace-id"];
const ANY_SESSION = /^x-[a-z0-9-]+-session-id$/;
/** Other names of the fields that we know. */
const KNOWN_AS: Readonly<Record<string, string>> = {
  _user: "user",
  user_id: "user",
  end_user: "user",
  customer: "tenant",
  customer_id: "tenant",
  tenant_id: "tenant",
  organization: "tenant",
  organisation: "tenant",
  team_id: "team",
};

/**
 * What other gateways' clients say in their headers, so that moving here needs no change of code. A header that cannot
 * be read is passed over: it was not written for us.
 */
export function attributionOfHeaders(headers: Headers): Attribution {
  let found: Record<string, string | number | boolean | null> | null = null;
  let session: string | null = null;
  for (const name in headers) {
    const value = headers[name];
    if (typeof value !== "string" || value === "" || !isOurs(name)) continue;
    found ??= {};
    const field = FIELD_HEADERS[name];
    const prefix = PREFIXES.find((start) => name.startsWith(start));
    if (field !== undefined) found[field] = value.slice(0, MOST_VALUE_CHARS);
    else if (prefix !== undefined) put(found, name.slice(prefix.length).replaceAll("-", "_"), value);
    else if (OBJECT_HEADERS.includes(name)) putAll(found, parsed(value));
    else session ??= value.slice(0, MOST_VALUE_CHARS);
  }
  return { metadata: found ?? NOTHING, session };
}

const NOTHING: Metadata = {};

/** A first letter that all of them share, so that most headers cost one comparison. */
function isOurs(name: string): boolean {
  const first = name.charCodeAt(0);
  if (first !== 0x78 && first !== 0x68 && first !== 0x63) return false;
  return (
    FIELD_HEADERS[name] !== undefined ||
    OBJECT_HEADERS.includes(name) ||
    PREFIXES.some((start) => name.startsWith(start)) ||
    SESSION_HEADERS.includes(name) ||
    (ANY_SESSION.test(name) && !name.startsWith("x-weir-"))
  );
}

/**
 * What the bodies of the vendors' own clients say: OpenAI's `user`, `safety_identifier` and `metadata`, Anthropic's
 * `metadata.user_id` (in Claude Code's the session is part of it), Vertex's `labels`.
 *
 * @param field a top-level field of the body; undefined when it is not there
 */
export function attributionOfBody(field: (name: string) => unknown): Attribution {
  const found: Record<string, string | number | boolean | null> = {};
  let session: string | null = null;
  putAll(found, field("labels"));
  putAll(found, field("metadata"));
  const user = textOf(field("user")) ?? textOf(field("safety_identifier"));
  if (user !== null) found.user = user;
  if (typeof found.user === "string") {
    const [, account, own] = /^(user_.+)_session_([0-9a-f-]{8,})$/i.exec(found.user) ?? [];
    if (account !== undefined && own !== undefined) {
      found.user = account;
      session = own;
    }
  }
  return { metadata: found, session };
}

/** A name that a request is booked under, in budgets, limits and the log alike; null where it says none. */
export function nameIn(metadata: Metadata, field: string): string | null {
  const value = metadata[field];
  return value === undefined || value === null || value === "" ? null : String(value).slice(0, MOST_VALUE_CHARS);
}

/** @param lists from the weakest word to the strongest */
export function mergedMetadata(...lists: readonly Metadata[]): Metadata {
  return Object.assign({}, ...lists.map(known)) as Metadata;
}

/** Under the names that routes, budgets and the log go by. */
function known(metadata: Metadata): Metadata {
  const renamed: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries(metadata)) {
    const field = KNOWN_AS[name] ?? name;
    if (field === name || metadata[field] === undefined) renamed[field] = value;
  }
  return renamed;
}

function putAll(found: Record<string, string | number | boolean | null>, object: unknown): void {
  if (typeof object !== "object" || object === null || Array.isArray(object)) return;
  for (const [name, value] of Object.entries(object)) put(found, KNOWN_AS[name] ?? name, value);
}

function put(found: Record<string, string | number | boolean | null>, name: string, value: unknown): void {
  if (name === "" || name.length > MOST_NAME_CHARS || name === "__proto__") return;
  if (!(name in found) && Object.keys(found).length >= MOST_FIELDS) return;
  if (typeof value === "string") found[name] = value.slice(0, MOST_VALUE_CHARS);
  else if (typeof value === "number" || typeof value === "boolean") found[name] = value;
  else if (Array.isArray(value) && value.every((item) => typeof item === "string"))
    found[name] = value.join(",").slice(0, MOST_VALUE_CHARS);
}

function parsed(text: string): unknown {
  if (text.length > MOST_CHARS) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value.slice(0, MOST_VALUE_CHARS) : null;
}
