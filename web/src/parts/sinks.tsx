/** Where cases are sent: how each sink does, and what was given up, to be sent again. */

import { useCallback, useState } from "preact/hooks";
import { get, post } from "../api";
import { clock, count, roughly } from "../format";
import { now } from "../live";
import { useLoaded, useTurns } from "../loading";
import { toCase } from "../route";
import { named, t } from "../words";
import { Empty, Fault, Loading } from "./words";

const ASK_EVERY_MS = 5000;
/** One page of what was given up; all of it can be sent again at once. */
const DEAD_SHOWN = 50;

interface Sink {
  sink: string;
  /** None of one that the configuration no longer names. */
  kind: string | null;
  state: "well" | "failing" | "giving_up" | "gone";
  queued: number;
  delivered: number;
  failed: number;
  dead: number;
  last_delivered_at: string | null;
  last_error: string | null;
  last_error_at: string | null;
  oldest_queued_at: string | null;
  oldest_waiting_s: number | null;
}

interface DeadLetter {
  number: number;
  delivery: string;
  case_id: string;
  revision: number;
  attempts: number;
  created_at: string;
  last_error: string | null;
}

const TONES = { well: "good", failing: "warn", giving_up: "bad", gone: "plain" };

export function Sinks() {
  const list = useLoaded("sinks", () => get<{ sinks: Sink[] }>("/api/sinks"));
  useTurns(ASK_EVERY_MS, list.again);
  if (list.absent) return null;
  return (
    <section class="card sinks" aria-labelledby="sinks-title">
      <h2 id="sinks-title">{t("settings.sinks")}</h2>
      {list.value === null ? (
        list.fault ? (
          <Fault detail={list.fault} again={list.again} />
        ) : (
          <Loading />
        )
      ) : list.value.sinks.length === 0 ? (
        <Empty quiet title={t("settings.sinks.none")} help={t("settings.sinks.none.do")} />
      ) : (
        <ul>
          {list.value.sinks.map((sink) => (
            <Row key={sink.sink} sink={sink} again={list.again} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ sink, again }: { sink: Sink; again: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <li data-sink={sink.sink}>
      <div class="bar">
        <strong>{sink.sink}</strong>
        {sink.kind && <span class="quiet">{sink.kind}</span>}
        <span class={`pill ${TONES[sink.state]}`}>{named("sink", sink.state)}</span>
        <span class="push" />
        <span class="number">{t("settings.sink.delivered", { n: count(sink.delivered) })}</span>
        <span class="number">{t("settings.sink.waiting", { n: count(sink.queued) })}</span>
        <span class={`number ${sink.dead > 0 ? "late" : ""}`}>
          {t("settings.sink.dead", { n: count(sink.dead) })}
        </span>
        <button type="button" class="button" aria-expanded={open} onClick={() => setOpen(!open)} data-dead>
          {t(open ? "settings.sink.hide" : "settings.sink.show")}
        </button>
      </div>
      <p class="small">
        {sink.last_delivered_at &&
          t("settings.sink.last", { time: clock(sink.last_delivered_at, now.value) })}
        {sink.oldest_waiting_s !== null && (
          <span> · {t("settings.sink.oldest", { time: roughly(sink.oldest_waiting_s) })}</span>
        )}
        {sink.last_error && (
          <span class={sink.state === "well" ? "" : "late"} lang="en">
            {" · "}
            {clock(sink.last_error_at, now.value)} {sink.last_error}
          </span>
        )}
      </p>
      {open && <Dead sink={sink} again={again} />}
    </li>
  );
}

function Dead({ sink, again }: { sink: Sink; again: () => void }) {
  const path = `/api/sinks/${encodeURIComponent(sink.sink)}`;
  const list = useLoaded(`dead ${sink.sink} ${sink.dead}`, () =>
    get<{ dead: DeadLetter[] }>(`${path}/dead?limit=${DEAD_SHOWN}`),
  );
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const resend = useCallback(
    async (asked: { delivery?: string }) => {
      setBusy(true);
      setFault(null);
      setTold(null);
      try {
        const { resent } = await post<{ resent: number }>(`${path}/resend`, asked);
        setTold(t("settings.sink.resent", { n: count(resent) }));
        again();
        list.again();
      } catch (error) {
        setFault(String((error as Error).message ?? error));
      } finally {
        setBusy(false);
      }
    },
    [path, again, list.again],
  );
  if (list.fault) return <Fault detail={list.fault} again={list.again} />;
  if (!list.value) return <Loading />;
  return (
    <div class="deadletters">
      {list.value.dead.length === 0 ? (
        <Empty quiet title={t("settings.dead.none")} help={t("settings.dead.none.do")} />
      ) : (
        <>
          <div class="scrolling">
            <table class="plain">
              <tbody>
                {list.value.dead.map((letter) => (
                  <tr key={letter.number}>
                    <th scope="row">
                      <a href={toCase(letter.case_id)}>
                        <code>{letter.case_id.slice(0, 8)}</code>
                      </a>
                    </th>
                    <td>{clock(letter.created_at, now.value)}</td>
                    <td>{t("settings.dead.attempts", { n: letter.attempts })}</td>
                    <td class="why" lang="en">
                      {letter.last_error ?? ""}
                    </td>
                    <td>
                      <button
                        type="button"
                        class="button"
                        disabled={busy}
                        onClick={() => resend({ delivery: letter.delivery })}
                      >
                        {t("settings.sink.resend")}
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <button type="button" class="button main" disabled={busy} onClick={() => resend({})} data-resend>
            {t(busy ? "life.taking" : "settings.sink.resendall")}
          </button>
        </>
      )}
      {told && (
        <p class="done" role="status">
          {told}
        </p>
      )}
      {fault && (
        <p class="refused" role="alert" lang="en">
          {fault}
        </p>
      )}
    </div>
  );
}
