import type { z } from "zod";
import type { EngineErrorCode } from "../engine/errors.ts";
import type { ApiErrorCode } from "./errors.ts";

/** Who may call an endpoint: anyone, a client with a key (when keys are asked), or the operator. */
export type Access = "public" | "key" | "admin";

/** What the OpenAPI document says of an endpoint; each route carries its own, so none can be left out. */
export interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  /** The only header in which the key is looked for; by default it may stand wherever clients put theirs. */
  readonly keyIn?: "x-weir-key";
  readonly body?: z.ZodType;
  readonly query?: z.ZodType;
  readonly answers: Readonly<Record<number, Answer>>;
  readonly errors?: readonly (ApiErrorCode | EngineErrorCode)[];
}

interface Answer {
  readonly description: string;
  /** JSON by default. */
  readonly mediaType?: string;
  readonly schema?: z.ZodType;
}

declare module "fastify" {
  interface FastifyContextConfig {
    operation?: Operation;
  }
}
