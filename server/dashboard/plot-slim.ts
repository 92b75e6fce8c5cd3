/**
 * Stands in the bundle for two parts of Observable Plot that no chart here uses, maps and colour schemes, and keeps d3's
 * projections and tables of colours out of what a browser loads (vite.config.ts puts it there). Names are Plot's own.
 */

export function createProjection(): undefined {}
export function hasProjection(): boolean {
  return false;
}
export function projectionAspectRatio(): undefined {}
export function xyProjection(): undefined {}
export function getGeometryChannels(): never[] {
  return [];
}
export function project(): void {}

/** Of marks that no chart draws. */
export function applyPosition(): object {
  return {};
}

/** Every chart names its colours itself. */
const PLAIN = "currentColor";

export function isCategoricalScheme(): boolean {
  return false;
}
export function isDivergingScheme(): boolean {
  return false;
}
export function ordinalScheme() {
  return ({ length }: { readonly length: number }) => ordinalRange(PLAIN, length);
}
export function ordinalRange(_: string, length: number): string[] {
  return Array.from({ length }, () => PLAIN);
}
export function maybeBooleanRange(): undefined {}
export function quantitativeScheme() {
  return () => PLAIN;
}
