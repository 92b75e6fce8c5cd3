const TIMEOUT_MS = 10_000;
const TRIES = 3;

/** Tells a webhook of an event, three times at most. @throws when it does not take it */
export async function postWebhook(url: string, event: object, deps: { readonly fetch: typeof fetch }): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      const response = await deps.fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(event),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
      return;
    } catch (error) {
      if (tries === TRIES) throw error;
    }
  }
}
