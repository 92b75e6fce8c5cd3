/** What the server said no to, in its own words. */
export class RequestError extends Error {
  readonly status: number;
  readonly code: string;
  /** Path of the field at fault; null where the whole request is. */
  readonly param: string | null;
  /** Every fault with its path, where several were found. */
  readonly problems: readonly Problem[];

  constructor(
    status: number,
    code: string,
    message: string,
    param: string | null = null,
    problems: readonly Problem[] = [],
  ) {
    super(message);
    this.name = "RequestError";
    this.status = status;
    this.code = code;
    this.param = param;
    this.problems = problems;
  }
}

export interface Problem {
  readonly path: string;
  readonly message: string;
}

interface ErrorBody {
  readonly error?: {
    readonly message?: string;
    readonly code?: string;
    readonly param?: string | null;
    readonly problems?: readonly Problem[];
  };
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Fired when the session has ended, so that the page asks for the key again. */
export const SIGNED_OUT = "weir:signed-out";

/** @throws RequestError, also when the server cannot be reached */
export async function send<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(path, {
    method,
    credentials: "same-origin",
    headers: {
      accept: "application/json",
      "x-weir-csrf": "1",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new RequestError(0, "unreachable", `the server cannot be reached (${String((cause as Error).message)})`);
  });
  const text = await response.text();
  if (response.ok) return (text === "" ? null : JSON.parse(text)) as Answer;
  if (response.status === 401 && path !== "/admin/session") window.dispatchEvent(new Event(SIGNED_OUT));
  const { message, code, param, problems } = errorOf(text);
  throw new RequestError(
    response.status,
    code ?? "failed",
    message ?? `the server answered ${response.status}`,
    param ?? null,
    problems,
  );
}

function errorOf(text: string): NonNullable<ErrorBody["error"]> {
  try {
    return (JSON.parse(text) as ErrorBody).error ?? {};
  } catch {
    return {};
  }
}

/** A path with its query; what is null or undefined is left out. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | readonly string[] | null | undefined>>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue;
    for (const item of Array.isArray(value) ? value : [value]) search.append(name, String(item));
  }
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}
