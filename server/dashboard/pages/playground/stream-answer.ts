/** An answer as far as it has come. */
export interface ModelAnswer {
  readonly text: string;
  /** Who answers; null until the server says. */
  readonly model: string | null;
  readonly costUsd: number | null;
  readonly isSimulated: boolean;
  readonly fault: string | null;
  readonly isDone: boolean;
}

interface Question {
  readonly model: string;
  readonly prompt: string;
  readonly route: string;
}

const COST_COMMENT = /^: x-weir-cost-usd: (\S+)/;

/** Asks through the gateway as any client would, and tells of every piece. Never throws. */
export async function streamAnswer(
  { model, prompt, route }: Question,
  tell: (answer: ModelAnswer) => void,
  signal: AbortSignal,
): Promise<void> {
  let answer: ModelAnswer = { text: "", model: null, costUsd: null, isSimulated: false, fault: null, isDone: false };
  const update = (fields: Partial<ModelAnswer>) => {
    answer = { ...answer, ...fields };
    if (!signal.aborted) tell(answer);
  };
  try {
    const response = await fetch("/v1/chat/completions", {
      method: "POST",
      signal,
      headers: { "content-type": "application/json", "x-weir-csrf": "1", "x-weir-route": route },
      body: JSON.stringify({ model, stream: true, messages: [{ role: "user", content: prompt }] }),
    });
    update({
      model: response.headers.get("x-weir-model"),
      isSimulated: response.headers.get("x-weir-simulated") === "true",
    });
    if (!response.ok || response.body === null) {
      update({ fault: faultOf(await response.text()), isDone: true });
      return;
    }
    for await (const line of linesOf(response.body)) {
      const cost = COST_COMMENT.exec(line)?.[1];
      if (cost !== undefined) update({ costUsd: Number(cost) });
      const piece = pieceOf(line);
      if (piece !== "") update({ text: answer.text + piece });
    }
    update({ isDone: true });
  } catch (cause) {
    update({ fault: String((cause as Error).message), isDone: true });
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function pieceOf(line: string): string {
  if (!line.startsWith("data: ") || line === "data: [DONE]") return "";
  const chunk = JSON.parse(line.slice("data: ".length)) as {
    readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
    readonly error?: { readonly message?: string };
  };
  if (chunk.error !== undefined) throw new Error(chunk.error.message ?? "the answer broke off");
  return chunk.choices?.[0]?.delta?.content ?? "";
}

function faultOf(text: string): string {
  try {
    return (JSON.parse(text) as { error?: { message?: string } }).error?.message ?? text;
  } catch {
    return text;
  }
}
