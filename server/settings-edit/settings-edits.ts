import { ApiError } from "../errors.ts";
import { maskedSettings, type Settings } from "../settings.ts";
import { createTurns } from "../turns.ts";
import { type ConfigFile, changed, type FileState, notWritable } from "./config-file.ts";
import { type ConfigText, readConfigText } from "./config-text.ts";
import { type Change, contentFrom } from "./content-from.ts";
import { restartPaths } from "./needs-restart.ts";
import { overruled } from "./overruled.ts";
import { withPrice } from "./price-edit.ts";
import { replaceSection, type SectionContent } from "./replace-section.ts";
import type { Revision, RevisionFilter, RevisionStore } from "./revisions.ts";
import { hasLiteralSecrets } from "./secrets.ts";
import { isOfModels, isSection, SECTION_NAMES, type SectionName } from "./sections.ts";
import { createFileSwap } from "./swap-file.ts";
import { maskedYaml, sectionValue, type Written, writtenOf } from "./written.ts";

export interface SettingsEditDeps {
  /** null: the configuration is in no file. */
  readonly file: ConfigFile | null;
  readonly store: RevisionStore;
  readonly settings: () => Settings;
  /** What the process started with; ports and databases are still of it. */
  readonly startedWith: Settings;
  /** The settings that a file with this text would make. @throws ConfigError */
  readonly readSettings: (text: string) => Settings;
  /** What a start checks beside. @throws ConfigError */
  readonly check: (settings: Settings) => Promise<void>;
  /** Reads the file and applies it. @throws and keeps the old configuration */
  readonly reload: () => Promise<void>;
  readonly onEdit: (section: SectionName, outcome: "applied" | "refused") => void;
  readonly clock: () => number;
  readonly log: {
    info(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

export interface EditTerms {
  /** Of the file that was read; another one now means that somebody changed it. */
  readonly etag: string;
  /** Who asks. */
  readonly by: string;
  readonly note?: string | null;
  /** Checks everything and changes nothing. */
  readonly isDry?: boolean;
}

export interface SectionView extends Written {
  readonly section: SectionName;
  readonly etag: string;
  readonly effective: unknown;
  /** Why it is not changed here; null where it can be. */
  readonly reason: string | null;
}

export interface EditOutcome extends Written {
  readonly section: SectionName;
  readonly etag: string;
  readonly effective: unknown;
  readonly notices: readonly string[];
  /** Paths that wait for a restart. */
  readonly restart: readonly string[];
  /** null: nothing was changed. */
  readonly revision: number | null;
}

/** Changes weir.yaml itself, one change after the other, each checked as at a start and applied at once. */
export interface SettingsEdits {
  file(): FileState;
  /** Every section with why it is not changed here; null where it can be. */
  list(): readonly { readonly section: SectionName; readonly reason: string | null }[];
  /** @throws ApiError `unknown_section` */
  show(section: string): SectionView;
  /**
   * @throws ConfigError with every problem, or ApiError `unknown_section`, `settings_changed`, `settings_not_writable`;
   *   the file and what is in effect are then as they were
   */
  put(section: string, change: Change, terms: EditTerms): Promise<EditOutcome>;
  /** @param price null: the price list's. @throws as `put`, and `unknown_model` */
  putPrice(model: string, price: unknown, terms: EditTerms): Promise<EditOutcome>;
  revisions(filter: RevisionFilter): readonly Revision[];
  /** Puts back what was before a revision. @throws as `put`, and `unknown_revision`, `not_restorable` */
  restore(revision: number, terms: EditTerms): Promise<EditOutcome>;
  /** Whether the file is as it was written here, so that nobody has to read it again. */
  isOwnWriting(): boolean;
}

interface OpenedFile {
  readonly now: FileState;
  readonly text: ConfigText;
}
type ContentOf = (file: OpenedFile) => SectionContent | null;

const IN_MEMORY = "the program that runs Weir gave its configuration, which is in no file";
const DEMO =
  "the models of demo mode are simulated: `weir init` writes a weir.yaml with your own, and a start with it leaves the demo";

export function createSettingsEdits(deps: SettingsEditDeps): SettingsEdits {
  const { file, store, settings, startedWith, readSettings, check, reload, onEdit, clock, log } = deps;
  const swap = file === null ? null : createFileSwap({ file, reload, log });
  const inTurn = createTurns();

  function state(): FileState {
    return file?.read() ?? { path: "", exists: false, text: "", etag: "none", reason: IN_MEMORY };
  }

  function reasonOf(section: SectionName, now: FileState, { reason, problems, sections }: ConfigText): string | null {
    if (settings().mode === "demo" && isOfModels(section)) return DEMO;
    const [problem] = problems;
    const fault = problem === undefined ? "" : ` (${problem.path}: ${problem.message})`;
    return now.reason ?? (reason === null ? (sections.get(section)?.reason ?? null) : reason + fault);
  }

  async function edit(section: SectionName, contentOf: ContentOf, terms: EditTerms): Promise<EditOutcome> {
    const now = state();
    const text = readConfigText(now.text);
    const reason = reasonOf(section, now, text);
    if (reason !== null || swap === null)
      throw notWritable(now.path === "" ? "the configuration" : now.path, reason ?? IN_MEMORY);
    if (terms.etag !== now.etag) throw changed(now.path);
    const whole = replaceSection(text, section, contentOf({ now, text }));
    if (whole === null) throw notWritable(now.path, `${section} does not fit in as the file is written`);
    const next = readSettings(whole);
    await check(next);
    const written = readConfigText(whole);
    const outcome = {
      section,
      ...writtenOf(section, written),
      notices: [...next.notices, ...overruled(section, written.sections.get(section)?.value, next)],
      restart: restartPaths(startedWith, next),
    };
    if (terms.isDry === true || whole === now.text)
      return { ...outcome, etag: now.etag, effective: effectiveOf(next, section), revision: null };
    const etag = await swap.apply(whole, now);
    const before = text.sections.get(section)?.text ?? null;
    const revision = noted(section, before, written.sections.get(section)?.text ?? null, terms);
    log.info({ section, by: terms.by, revision }, "settings changed");
    return { ...outcome, etag, effective: effectiveOf(settings(), section), revision };
  }

  /** A change that was made stands, even if what was before cannot be kept. */
  function noted(section: SectionName, before: string | null, after: string | null, terms: EditTerms): number | null {
    const { by, note = null } = terms;
    const isRestorable = before === null || !hasLiteralSecrets(section, sectionValue(section, before));
    const shown = (text: string | null) => (text === null ? null : maskedYaml(section, text));
    try {
      return store.add({ atMs: clock(), by, section, before: shown(before), after: shown(after), isRestorable, note });
    } catch (error) {
      log.error({ err: error, section }, "what settings were before is not kept");
      return null;
    }
  }

  async function counted(name: string, contentOf: ContentOf, terms: EditTerms): Promise<EditOutcome> {
    const section = knownSection(name);
    const count = (outcome: "applied" | "refused") => {
      if (terms.isDry !== true) onEdit(section, outcome);
    };
    try {
      const outcome = await inTurn(() => edit(section, contentOf, terms));
      count("applied");
      return outcome;
    } catch (error) {
      count("refused");
      throw error;
    }
  }

  return {
    file: state,
    list() {
      const now = state();
      const text = readConfigText(now.text);
      return SECTION_NAMES.map((section) => ({ section, reason: reasonOf(section, now, text) }));
    },
    show(name) {
      const section = knownSection(name);
      const now = state();
      const text = readConfigText(now.text);
      const effective = effectiveOf(settings(), section);
      return { section, etag: now.etag, ...writtenOf(section, text), effective, reason: reasonOf(section, now, text) };
    },
    put: (section, change, terms) =>
      counted(section, ({ now, text }) => contentFrom(change, section, text, now.path), terms),
    putPrice: (model, price, terms) =>
      counted(
        "candidates",
        ({ now, text }) => {
          const written = text.sections.get("candidates")?.value;
          const value = withPrice(written, model, price, Object.keys(settings().upstreams));
          return contentFrom({ kind: "value", value }, "candidates", text, now.path);
        },
        { note: price === null ? `price of ${model} taken away` : `price of ${model}`, ...terms },
      ),
    revisions: (filter) => store.list(filter),
    async restore(number, terms) {
      const revision = store.find(number);
      if (revision === null) throw new ApiError("unknown_revision", `there is no revision ${number}`);
      const { section, before, isRestorable } = revision;
      if (!isRestorable)
        throw new ApiError("not_restorable", `before revision ${number} there were secrets in it, which are not kept`);
      const content: SectionContent | null = before === null ? null : { kind: "text", text: before };
      return counted(section, () => content, { note: `what was before revision ${number}`, ...terms });
    },
    isOwnWriting: () => swap?.isOwnWriting() ?? false,
  };
}

/** @throws ApiError `unknown_section` */
function knownSection(name: string): SectionName {
  if (isSection(name)) return name;
  throw new ApiError("unknown_section", `"${name}" is no section of weir.yaml (known: ${SECTION_NAMES.join(", ")})`);
}

function effectiveOf(settings: Settings, section: SectionName): unknown {
  return (maskedSettings(settings) as Readonly<Record<string, unknown>>)[section] ?? null;
}
