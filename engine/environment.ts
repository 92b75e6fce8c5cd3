/** How wide the terminal is: what it says itself, COLUMNS where a pipe or a file stands for it, else 80. */
export function terminalColumns(): number {
  const told = process.stdout.columns ?? Number(process.env["COLUMNS"]);
  return Number.isInteger(told) && told > 0 ? told : 80;
}

/**
 * onnxruntime 1.29 and later send facts of the machine and the models to their maker unless told not to, and crash while
 * gathering them when the command line is long (microsoft/onnxruntime#32173). A gateway sends nobody anything by itself.
 * To be called before the library is loaded; who wants it on sets the variable to 0.
 */
export function refuseTelemetry(): void {
  process.env["ORT_DISABLE_TELEMETRY"] ??= "1";
}
