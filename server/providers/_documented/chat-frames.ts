export const CHUNK = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_763_000_000, model: "m" };
export const chunk = (delta: object, finish: string | null = null, more: object = {}) => ({
  ...CHUNK,
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...more,
});
export const whole = (message: object, finish: string, more: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_763_000_000,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish }],
  ...more,
});
export const call = (index: number | undefined, id: string | undefined, name: string | undefined, args: unknown) => ({
  ...(index === undefined ? {} : { index }),
  ...(id === undefined ? {} : { id, type: "function" }),
  function: { ...(name === undefined ? {} : { name }), arguments: args },
});
export const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
export const both = [
  ["get_weather", '{"city":"Paris"}'],
  ["get_time", "{}"],
] as const;
