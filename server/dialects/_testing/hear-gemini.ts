import { framesOf, type Heard, type Json, jsonOf, must } from "./heard.ts";

/** `alt=sse`, by the rules of Google's own client, which splits at empty lines before it looks for `data:`. */
export function hearGemini(text: string): Heard {
  must(text === "" || text.endsWith("\n\n"), "every frame is complete");
  for (const frame of text.split("\n\n").filter((piece) => piece !== "")) {
    must(frame.trim().startsWith("data:"), "every frame begins with data:");
    must(!frame.includes("[DONE]") || frame.includes("{"), "there is no [DONE]");
  }
  return hearAnswers(framesOf(text).map(({ data }) => jsonOf(data)));
}

const DATA = ["text", "functionCall"];

function hearAnswers(answers: readonly Json[]): Heard {
  const candidates = new Map<number, { parts: Json[]; finish: string | null; rest: Json }>();
  let error: Json | null = null;
  let tail: Json | null = null;
  for (const answer of answers) {
    must(error === null, "nothing follows an error");
    if (answer["error"] !== undefined) {
      error = answer["error"];
      must(error["code"]! >= 400 && error["code"]! <= 599, "an error's code is an HTTP status");
      must(
        typeof error["status"] === "string" && typeof error["message"] === "string",
        "an error has status and message",
      );
      continue;
    }
    tail = answer;
    must(answer["candidates"]!.length > 0, "an answer has a candidate");
    must(typeof answer["modelVersion"] === "string", "an answer names its model");
    for (const wire of answer["candidates"]!) {
      const candidate = candidates.get(wire["index"]!) ?? { parts: [], finish: null, rest: wire };
      candidates.set(wire["index"]!, candidate);
      must(candidate.finish === null, "nothing follows a candidate's finishReason");
      must(wire["content"]!["role"] === "model", "a content is the model's");
      must(wire["content"]!["parts"]!.length > 0, "a content has parts: history is kept only then");
      for (const part of wire["content"]!["parts"]!) {
        must(DATA.filter((name) => name in part).length === 1, "a part is one thing");
        candidate.parts.push(part);
      }
      candidate.finish = wire["finishReason"] ?? null;
      candidate.rest = wire;
    }
  }
  if (error === null) {
    must(candidates.size > 0, "there is a candidate");
    must(
      [...candidates.values()].every(({ finish }) => finish !== null),
      "every candidate has its finishReason",
    );
  }
  const whole =
    tail === null
      ? null
      : {
          ...tail,
          candidates: [...candidates].map(([index, { parts, rest }]) => ({
            ...rest,
            index,
            content: { role: "model", parts },
          })),
        };
  return { answer: whole, error };
}
