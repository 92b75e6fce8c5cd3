import { z } from "zod";
import { loadAjv } from "../../ajv.ts";
import { defineVerifier } from "../verifier.ts";

/** An answer that does not fit the schema that its request asks for is bad; one that does may still say anything. */
export default defineVerifier({
  name: "json-schema",
  options: z.strictObject({}),
  tells: "faults",
  async verify(answer, { chat: { output } }) {
    if (output.kind === "text") return null;
    let value: unknown;
    try {
      value = JSON.parse(answer);
    } catch {
      return 0;
    }
    if (output.kind === "json" || typeof output.schema !== "object" || output.schema === null) return 1;
    const Ajv2020 = await loadAjv();
    try {
      // Checking the schema itself first would take longer than all the rest.
      const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false });
      return Number(ajv.compile(output.schema)(value));
    } catch {
      return null; // the client's schema is none that we can read
    }
  },
});
