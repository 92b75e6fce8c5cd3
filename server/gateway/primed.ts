/**
 * A generator that stands inside its `try` already, so that its `finally` runs however early it is returned: one that was
 * never started would skip it. The generator's first value must be a placeholder.
 */
export async function primed<Value>(generator: AsyncGenerator<Value, void, void>) {
  await generator.next();
  return generator;
}
