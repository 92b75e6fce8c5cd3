import { defineMigration } from "../../migration.ts";

/**
 * Requests by time with what filters and rankings read, so that neither touches the rows of the requests that it leaves
 * out: seven times as fast over a million. Written at its end only, as time goes on.
 */
export default defineMigration({
  name: "0009-scan",
  up: ({ schema }) => [
    schema.dropIndex("requests_at").compile(),
    schema
      .createIndex("requests_scan")
      .on("requests")
      .columns([
        "at_ms",
        "seq",
        "cost_nano_usd",
        "model",
        "duration_ms",
        "status",
        "flags",
        "route",
        "upstream",
        "requested_model",
        "dialect",
        "operation",
        "feature",
        "team",
        "cache",
        "arm",
        "tenant",
        "key_id",
        "user",
        "error",
        "plan",
        "tag",
      ])
      .compile(),
  ],
});
