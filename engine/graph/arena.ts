import { KERNELS } from "./kernels.wasm.ts";
import { type Kernels, Unsupported } from "./tensor.ts";

/** What we use of the global WebAssembly, which the types of Node leave to those of browsers. */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}
const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

const PAGE_BYTES = 65_536;
/** So that whole vectors lie in one cache line, and a kernel may read a little past the end. */
const ALIGNMENT = 64;

/** Memory of one graph: reserved while it is compiled, made once, at its full size, when all is known. */
export interface Arena {
  /** Byte offset of so many zeroed bytes. */
  reserve(bytes: number): number;
  /** Makes the memory. @throws Unsupported when this machine's WebAssembly lacks SIMD */
  seal(): { readonly memory: ArrayBuffer; readonly kernels: Kernels };
}

export function createArena(): Arena {
  let used = 0;
  return {
    reserve(bytes) {
      const offset = used;
      used += Math.ceil((bytes + ALIGNMENT) / ALIGNMENT) * ALIGNMENT;
      return offset;
    },
    seal() {
      const bytes = Buffer.from(KERNELS, "base64");
      if (!wasm.validate(bytes)) throw new Unsupported("WebAssembly without SIMD");
      const memory = new wasm.Memory({ initial: Math.ceil((used + ALIGNMENT) / PAGE_BYTES) });
      const { exports } = new wasm.Instance(new wasm.Module(bytes), { weir: { memory } });
      // kernels.wat exports just these.
      return { memory: memory.buffer, kernels: exports as unknown as Kernels };
    },
  };
}
