import { ApiError } from "../../errors.ts";
import { defineConfigImporter } from "../config-importer.ts";
import { draftNotes } from "../draft.ts";
import { type Fields, fieldsOf, isFields, listOf, numberOf, parseMapping, plainName, textOf } from "./_parse.ts";
import { join, type Note, noteTheRest, type Target, targetOf } from "./_portkey-target.ts";
import { type UpstreamBook, upstreamBook } from "./_upstreams.ts";

interface Reading {
  readonly book: UpstreamBook;
  readonly note: Note;
  readonly pools: Record<string, unknown>;
  readonly rules: Fields[];
}

/** A gateway config object: strategy, targets, retry, request_timeout, cache. */
export default defineConfigImporter({
  name: "portkey",
  title: "Portkey gateway config (JSON)",
  draft(text) {
    if (/^\s*"?pc-[\w-]+"?\s*$/.test(text)) {
      const message =
        "not a Portkey config but the name of one: put the JSON that Portkey shows under Configs into the file";
      throw new ApiError("config_invalid", message, { place: "file" });
    }
    const file = fieldsOf(inSnakeCase(parseMapping(text, "Portkey config")));
    const { notes, note } = draftNotes();
    const reading: Reading = { book: upstreamBook(), note, pools: {}, rules: [] };
    const targets = readTargets(file, "", reading);
    if (targets.length === 0) {
      const why = notes.map(({ place, message }) => ` (${place}: ${message})`).join("");
      throw new ApiError("config_invalid", `not a Portkey config: it names no provider and no target${why}`, {
        place: "targets",
      });
    }
    const ids = [...new Set(targets.map(({ id }) => id))];
    const [incumbent, ...fallbacks] = ids;
    if (ids.length === 1) note("routes.default", "one candidate leaves nothing to choose: add a second model");
    return {
      sections: {
        upstreams: reading.book.sections,
        ...(Object.keys(reading.pools).length === 0 ? {} : { pools: reading.pools }),
        routes: {
          default: {
            incumbent,
            candidates: ids,
            mode: "observe",
            policy: { name: "quality-target", quality: 0.95 },
            ...(reading.rules.length === 0 ? {} : { rules: reading.rules }),
            fallbacks,
          },
        },
        ...gatewayOf(file, note),
      },
      notes,
    };
  },
});

/** Portkey takes `requestTimeout` for `request_timeout`. Values of parameters, conditions and headers stay as they are. */
function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSnakeCase);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return [name, name === "query" || name === "metadata" ? inner : inSnakeCase(inner)];
    }),
  );
}

/** The models behind a config or one of its targets, in order; a load balance becomes a pool, conditions become rules. */
function readTargets(config: Fields, at: string, reading: Reading): Target[] {
  noteTheRest(config, at, reading.note);
  const inner = listOf(config.targets).map((target, i) => ({
    name: textOf(fieldsOf(target).name),
    targets: readTargets(fieldsOf(target), join(at, `targets.${i}`), reading),
  }));
  if (inner.length === 0) return targetOf(config, at, reading.book, reading.note);
  const nested = inner.flatMap(({ targets }) => targets);
  const strategy = fieldsOf(config.strategy);
  const mode = textOf(strategy.mode) ?? "single";
  if (mode === "conditional") {
    const byName = new Map(inner.flatMap(({ name, targets: [first] }) => (name && first ? [[name, first.id]] : [])));
    readConditions(strategy, join(at, "strategy"), byName, reading);
    const usual = byName.get(textOf(strategy.default) ?? "");
    return [...nested].sort((a, b) => Number(b.id === usual) - Number(a.id === usual));
  }
  if (mode === "loadbalance") {
    const seen = new Set<string>();
    const members = nested.filter(({ id, weight }) => weight > 0 && !seen.has(id) && seen.add(id));
    const name = plainName(at === "" ? "balanced" : `balanced-${at}`);
    if (members.length > 1) {
      reading.pools[name] = { select: "weighted", members: members.map(({ id, weight }) => ({ use: id, weight })) };
    }
  }
  return nested;
}

/** `{ "metadata.plan": { "$eq": "paid" } }` is what a rule can say; any other condition is left to be written by hand. */
function readConditions(strategy: Fields, at: string, byName: ReadonlyMap<string, string>, { note, rules }: Reading) {
  for (const [i, entry] of listOf(strategy.conditions).entries()) {
    const { query, then } = fieldsOf(entry);
    const use = byName.get(textOf(then) ?? "");
    const wanted = Object.entries(fieldsOf(query)).map(([field, test]) => [field, equalTo(test)] as const);
    if (use !== undefined && wanted.length > 0 && wanted.every(([field, value]) => isRule(field, value))) {
      rules.push({ when: Object.fromEntries(wanted), use });
    } else {
      note(join(at, `conditions.${i}`), "is no rule that can be read here: write it under routes.default.rules");
    }
  }
  if (rules.length > 0) note(at, "conditions are rules of the route: they hold once its mode is active");
}

const isRule = (field: string, value: unknown): boolean =>
  field.startsWith("metadata.") && ["string", "number", "boolean"].includes(typeof value);

function equalTo(test: unknown): unknown {
  if (!isFields(test)) return test;
  return Object.keys(test).length === 1 ? test.$eq : undefined;
}

/** Retries and timeouts of targets hold for all here: the largest of them. */
function gatewayOf(file: Fields, note: Note): Fields {
  const all = withTargets(file);
  const attempts = all.flatMap(({ retry }) => numberOf(fieldsOf(retry).attempts) ?? []);
  const timeouts = all.flatMap(({ request_timeout }) => numberOf(request_timeout) ?? []);
  if (all.slice(1).some((one) => one.retry !== undefined || one.request_timeout !== undefined)) {
    note("gateway", "retries and timeouts hold for all targets here: the largest of theirs");
  }
  const gateway = {
    ...(attempts.length === 0 ? {} : { retries: Math.max(0, Math.min(10, Math.max(...attempts))) }),
    ...(timeouts.length === 0 ? {} : { requestTimeoutMs: Math.max(...timeouts) }),
  };
  return Object.keys(gateway).length === 0 ? {} : { gateway };
}

function withTargets(config: Fields): Fields[] {
  return [config, ...listOf(config.targets).flatMap((target) => withTargets(fieldsOf(target)))];
}
