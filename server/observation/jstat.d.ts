/** The few functions of jstat that we use; the package ships no types. */
declare module "jstat" {
  interface Continuous {
    cdf(x: number, ...parameters: number[]): number;
    inv(p: number, ...parameters: number[]): number;
  }
  const jstat: {
    readonly jStat: {
      readonly normal: Continuous;
      /** Regularised lower incomplete gamma function. */
      lowRegGamma(a: number, x: number): number;
      betaln(a: number, b: number): number;
    };
  };
  export default jstat;
}
