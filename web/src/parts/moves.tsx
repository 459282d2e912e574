/** The buttons and keys with which a person moves a case on. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { getPeople, judge, type Life, type Person, takeStep } from "../api";
import { me } from "../choices";
import {
  FALSE_REASONS,
  isFalse,
  KEYS,
  type Move,
  movesOf,
  needsPerson,
  needsWhy,
  needsWords,
  stepOf,
  verdictOf,
  type Words,
} from "../life";
import { may, user } from "../session";
import { putStanding } from "../standings";
import { named, t } from "../words";

/** Named most often; anything else may be written. */
const REASONS: Partial<Record<Move, string[]>> = {
  return: ["notours", "notdone", "notthere"],
  suspend: ["works", "law", "weather"],
  extend: ["equipment", "weather"],
  reassign: ["notours", "absent"],
};
/** Suspended until then unless somebody says otherwise. */
const SUSPEND_DAYS = 3;

interface Props {
  life: Life;
  changed: (life: Life) => void;
}

export function Moves({ life, changed }: Props) {
  const [asked, setAsked] = useState<Move | null>(null);
  const [taking, setTaking] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const moves = movesOf(life);

  const take = async (move: Move, words: Words) => {
    if (taking) return;
    setTaking(true);
    setFault(null);
    try {
      const verdict = verdictOf(move, words);
      const next = await (verdict
        ? judge(life.case_id, verdict)
        : takeStep(life.case_id, stepOf(move, words)));
      setAsked(null);
      setDone(t(`move.${move}.done`));
      putStanding({ case_id: next.case_id, stage: next.stage, grid: next.grid, due: next.due });
      changed(next);
    } catch (error) {
      setFault(String((error as Error).message ?? error));
    } finally {
      setTaking(false);
    }
  };
  const begin = (move: Move) => {
    setFault(null);
    setDone(null);
    if (needsWords(move) || by() === "") setAsked(move);
    else take(move, { by: by(), why: "", to: "", until: "", outcome: "", into: "", reason: "" });
  };

  // Before the next frame: a key meets what is shown, not what was shown before.
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || asked || !may("dispatcher")) return;
      if (event.target instanceof HTMLElement && event.target.matches("input, select, textarea")) return;
      if (document.querySelector("dialog[open]")) return;
      const move = [...moves, ...JUDGING].find((move) => KEYS[move] === event.key);
      if (!move) return;
      event.preventDefault();
      begin(move);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  });

  if (!may("dispatcher")) return <p class="small note">{t("life.lookonly")}</p>;
  return (
    <div class="moves">
      <fieldset class="buttons" aria-label={t("life.moves")} disabled={taking}>
        {moves.map((move, at) => (
          <MoveButton key={move} move={move} main={at === 0} chosen={asked === move} begin={begin} />
        ))}
      </fieldset>
      <fieldset class="buttons verdict" disabled={taking}>
        <legend class="small">{t("life.verdict")}</legend>
        {JUDGING.map((move) => (
          <MoveButton
            key={move}
            move={move}
            main={false}
            chosen={asked === move || (life.right !== null && life.right === (move === "judge_right"))}
            begin={begin}
          />
        ))}
      </fieldset>
      {asked && (
        <Form
          key={asked}
          move={asked}
          life={life}
          taking={taking}
          take={(words) => take(asked, words)}
          leave={() => {
            setAsked(null);
            setFault(null);
          }}
        />
      )}
      {fault && (
        <p class="refused" role="alert">
          <strong>{t("life.refused")}</strong> <span lang="en">{fault}</span>
        </p>
      )}
      <p class="done" role="status">
        {done}
      </p>
    </div>
  );
}

const JUDGING: Move[] = ["judge_right", "judge_wrong"];

interface ButtonProps {
  move: Move;
  main: boolean;
  chosen: boolean;
  begin: (move: Move) => void;
}

function MoveButton({ move, main, chosen, begin }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${main ? "main" : ""} ${chosen ? "chosen" : ""}`}
      data-move={move}
      aria-pressed={JUDGING.includes(move) ? chosen : undefined}
      aria-keyshortcuts={KEYS[move]}
      onClick={() => begin(move)}
    >
      {t(`move.${move}`)} <kbd>{KEYS[move].toUpperCase()}</kbd>
    </button>
  );
}

interface FormProps extends Pick<Props, "life"> {
  move: Move;
  taking: boolean;
  take: (words: Words) => void;
  leave: () => void;
}

function Form({ move, life, taking, take, leave }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [people, setPeople] = useState<Person[]>([]);
  const grid = needsPerson(move) ? life.grid : null;
  useEffect(() => {
    if (grid)
      getPeople(grid).then(setPeople, () => {
        // The name may be written without a list of names.
      });
  }, [grid]);
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>("[data-first]")?.focus(), []);
  const [reason, setReason] = useState("");

  const send = (event: Event) => {
    event.preventDefault();
    const given = new FormData(form.current as HTMLFormElement);
    const word = (name: string) => String(given.get(name) ?? "");
    if (user.value === null) me.value = word("by").trim();
    take({
      by: user.value ?? word("by"),
      why: word("why"),
      to: word("to"),
      until: word("until"),
      outcome: word("outcome"),
      into: word("into"),
      reason: word("reason"),
    });
  };
  const nameless = by() === "";
  const first = { "data-first": true };
  return (
    <form class="ask" ref={form} onSubmit={send} onKeyDown={(event) => event.key === "Escape" && leave()}>
      <strong>{t(`move.${move}`)}</strong>
      {needsPerson(move) && (
        <label>
          {t("life.to")}
          <input
            name="to"
            list="people"
            required
            maxLength={64}
            autocomplete="off"
            defaultValue={move === "dispatch" ? (life.route?.person ?? "") : ""}
            {...first}
          />
          <datalist id="people">
            {people.map((person) => (
              <option key={person.id} value={person.id}>
                {person.name} · {person.role}
              </option>
            ))}
          </datalist>
        </label>
      )}
      {move === "merge" && (
        <label>
          {t("life.into")}
          <input name="into" required pattern="[0-9a-f]{32}" autocomplete="off" {...first} />
        </label>
      )}
      {move === "suspend" && (
        <label>
          {t("life.until")}
          <input name="until" type="datetime-local" required defaultValue={inDays(SUSPEND_DAYS)} />
        </label>
      )}
      {move === "handle" && (
        <label>
          {t("life.outcome")}
          <input name="outcome" maxLength={500} list="outcomes" autocomplete="off" {...first} />
          <datalist id="outcomes">
            {(["advised", "cleaned", "towed", "fined"] as const).map((outcome) => (
              <option key={outcome} value={t(`outcome.${outcome}`)} />
            ))}
          </datalist>
        </label>
      )}
      {isFalse(move) && (
        <label>
          {t("life.reason")}
          <select
            name="reason"
            required
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            {...first}
          >
            <option value="">{t("life.reason.choose")}</option>
            {FALSE_REASONS.map((one) => (
              <option key={one} value={one}>
                {named("false", one)}
              </option>
            ))}
          </select>
        </label>
      )}
      {(needsWhy(move) || isFalse(move)) && (
        <label>
          {t(isFalse(move) && reason !== "other" ? "life.note" : "life.why")}
          <input
            name="why"
            required={needsWhy(move) || reason === "other"}
            maxLength={500}
            list="reasons"
            autocomplete="off"
            {...(needsPerson(move) || isFalse(move) ? {} : first)}
          />
          <datalist id="reasons">
            {(REASONS[move] ?? []).map((reason) => (
              <option key={reason} value={t(`reason.${reason}` as Parameters<typeof t>[0])} />
            ))}
          </datalist>
        </label>
      )}
      {user.value === null && (
        <label>
          {t("life.by")}
          <input
            name="by"
            required
            maxLength={100}
            autocomplete="username"
            defaultValue={me.value}
            {...(nameless && !needsWords(move) ? first : {})}
          />
        </label>
      )}
      <div class="buttons">
        <button type="submit" class="button main" disabled={taking}>
          {t(taking ? "life.taking" : "life.take")}
        </button>
        <button type="button" class="button" onClick={leave}>
          {t("life.leave")}
        </button>
      </div>
    </form>
  );
}

/** Who is logged in; where nobody need log in, the name that was last given. */
const by = () => user.value ?? me.value.trim();

/** As a date field wants it: in this machine's time, to the minute. */
function inDays(days: number): string {
  const then = new Date(Date.now() + days * 86_400_000);
  const local = new Date(then.getTime() - then.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
