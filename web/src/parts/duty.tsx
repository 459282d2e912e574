/** The duty in force, and a switch to another. */

import { useState } from "preact/hooks";
import { get, post } from "../api";
import { me } from "../choices";
import { clock } from "../format";
import { now } from "../live";
import { useLoaded } from "../loading";
import { user } from "../session";
import { t } from "../words";
import { Empty, Fact, Facts, Fault, Loading } from "./words";

interface DutyReport {
  /** None where the city has no duties. */
  duty: string | null;
  name: string | null;
  since: string | null;
  by: string | null;
  duties: DutyChoice[];
}

interface DutyChoice {
  id: string;
  name: string;
  /** Every class if empty. */
  classes: string[];
  /** Every camera if 0. */
  cameras: number;
  interval_s: number | null;
}

export function Duty() {
  const told = useLoaded("duty", () => get<DutyReport>("/api/city/duty"));
  if (told.absent) return null;
  return (
    <section class="card duty" aria-labelledby="duty-title">
      <h2 id="duty-title">{t("settings.duty")}</h2>
      {told.fault ? (
        <Fault detail={told.fault} again={told.again} />
      ) : !told.value ? (
        <Loading />
      ) : told.value.duties.length === 0 ? (
        <Empty quiet title={t("settings.duty.none")} help={t("settings.duty.none.do")} />
      ) : (
        <Switch told={told.value} taken={told.put} />
      )}
    </section>
  );
}

function Switch({ told, taken }: { told: DutyReport; taken: (told: DutyReport) => void }) {
  const [wanted, setWanted] = useState(told.duty ?? "");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const [done, setDone] = useState(false);
  const choice = told.duties.find((one) => one.id === wanted);
  const send = async (event: Event) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const by = user.value ?? String(given.get("by") ?? "").trim();
    if (user.value === null) me.value = by;
    setBusy(true);
    setFault(null);
    setDone(false);
    try {
      taken(
        await post<DutyReport>(
          "/api/city/duty",
          user.value === null ? { duty: wanted, by } : { duty: wanted },
        ),
      );
      setDone(true);
    } catch (error) {
      setFault(String((error as Error).message ?? error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="dutyform" onSubmit={send}>
      <Facts>
        <Fact word="settings.duty.now">
          <strong>{told.name ?? told.duty ?? "–"}</strong>
          {told.since && (
            <span class="small">
              {" "}
              {told.by} {clock(told.since, now.value)}
            </span>
          )}
        </Fact>
      </Facts>
      <div class="buttons foot">
        <label class="choice">
          {t("settings.duty.choose")}
          <select name="duty" value={wanted} onChange={(event) => setWanted(event.currentTarget.value)}>
            {told.duties.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        {user.value === null && (
          <label class="choice">
            {t("life.by")}
            <input name="by" required maxLength={100} autocomplete="username" defaultValue={me.value} />
          </label>
        )}
        <button type="submit" class="button main" disabled={busy || wanted === told.duty}>
          {t(busy ? "life.taking" : "settings.duty.switch")}
        </button>
      </div>
      {choice && (
        <p class="small note">
          {choice.classes.length === 0
            ? t("settings.duty.allclasses")
            : t("settings.duty.classes", { n: choice.classes.length })}
          {" · "}
          {choice.cameras === 0
            ? t("settings.duty.allcameras")
            : t("settings.duty.cameras", { n: choice.cameras })}
          {choice.interval_s !== null && ` · ${t("settings.duty.interval", { n: choice.interval_s })}`}
        </p>
      )}
      {fault && (
        <p class="refused" role="alert" lang="en">
          {fault}
        </p>
      )}
      <p class="done foot" role="status">
        {done && t("settings.duty.done")}
      </p>
    </form>
  );
}
