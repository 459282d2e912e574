/** Who may do what: this session, tokens for programs, and the record of what was done. */

import { useState } from "preact/hooks";
import { get, post, remove } from "../api";
import { hasCity } from "../city";
import { clock } from "../format";
import { now } from "../live";
import { useLoaded } from "../loading";
import { CityCheck } from "../parts/citycheck";
import { Duty } from "../parts/duty";
import { Sinks } from "../parts/sinks";
import { Users } from "../parts/users";
import { Empty, Fact, Facts, Fault, Loading } from "../parts/words";
import { logOut, may, session } from "../session";
import { named, t } from "../words";

const SCOPES = ["read", "cases", "verdicts", "requests", "city", "cameras", "admin"];

interface Token {
  id: string;
  name: string;
  scopes: string[];
  made_by: string;
  made_at: string;
  expires_at: string;
  revoked_at: string | null;
}

interface AuditEntry {
  number: number;
  at: string;
  who: string;
  what: string;
  result: string;
  note?: string | null;
  [more: string]: unknown;
}

export function SettingsPage() {
  const told = session.value;
  return (
    <div class="page settings">
      <header class="bar">
        <h1>{t("settings.title")}</h1>
      </header>
      <div class="columns even">
        <div class="side">
          <section class="card" aria-labelledby="session-title">
            <h2 id="session-title">{t("settings.session")}</h2>
            <Facts>
              <Fact word="settings.user">{told?.user ?? t("settings.nobody")}</Fact>
              {told?.role && <Fact word="settings.role">{named("role", told.role)}</Fact>}
              {told?.session_ends_at && (
                <Fact word="settings.ends">{clock(told.session_ends_at, now.value)}</Fact>
              )}
            </Facts>
            {told?.user && (
              <p class="foot">
                <button type="button" class="button" onClick={logOut} data-logout>
                  {t("settings.logout")}
                </button>
              </p>
            )}
          </section>
          {may("dispatcher") && hasCity.value && <Duty />}
        </div>
        {may("administrator") && <CityCheck />}
      </div>
      {may("administrator") && told && (
        <>
          <Sinks />
          <Users />
          <Tokens />
          <Audit />
        </>
      )}
    </div>
  );
}

function Tokens() {
  const list = useLoaded("tokens", () => get<{ tokens: Token[] }>("/api/tokens"));
  const [made, setMade] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const make = async (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const given = new FormData(form);
    setFault(null);
    setMade(null);
    try {
      const asked = {
        name: String(given.get("name") ?? "").trim(),
        scopes: given.getAll("scopes").map(String),
        days: Number(given.get("days")),
      };
      setMade((await post<{ text: string }>("/api/tokens", asked)).text);
      form.reset();
      list.again();
    } catch (error) {
      setFault(String((error as Error).message ?? error));
    }
  };
  const revoke = (id: string) =>
    remove(`/api/tokens/${encodeURIComponent(id)}`).then(list.again, (error) =>
      setFault(String(error.message ?? error)),
    );
  return (
    <section class="card" aria-labelledby="tokens-title">
      <h2 id="tokens-title">{t("settings.tokens")}</h2>
      <form class="tokenform" onSubmit={make}>
        <input name="name" required maxLength={64} placeholder={t("settings.token.name")} />
        <label>
          {t("settings.token.days")} <input name="days" type="number" min="1" max="3650" value="365" />
        </label>
        {SCOPES.map((scope) => (
          <label key={scope} class="check">
            <input type="checkbox" name="scopes" value={scope} /> {named("scope", scope)}
          </label>
        ))}
        <button type="submit" class="button main">
          {t("settings.token.make")}
        </button>
      </form>
      {made && (
        <p class="drawinghelp" role="status">
          {t("settings.token.once")} <code>{made}</code>
        </p>
      )}
      {fault && (
        <p class="refused" role="alert" lang="en">
          {fault}
        </p>
      )}
      {list.fault ? (
        <Fault detail={list.fault} again={list.again} />
      ) : !list.value ? (
        !list.absent && <Loading />
      ) : list.value.tokens.length === 0 ? (
        <Empty quiet title={t("settings.tokens.none")} help={t("settings.tokens.none.do")} />
      ) : (
        <div class="scrolling">
          <table class="plain">
            <tbody>
              {list.value.tokens.map((token) => (
                <tr key={token.id}>
                  <th scope="row">{token.name}</th>
                  <td>{token.scopes.map((scope) => named("scope", scope)).join(", ")}</td>
                  <td>{token.made_by}</td>
                  <td>{t("settings.token.until", { time: clock(token.expires_at, now.value) })}</td>
                  <td>
                    {token.revoked_at ? (
                      <span class="pill">{t("settings.token.revoked")}</span>
                    ) : (
                      <button type="button" class="button" onClick={() => revoke(token.id)}>
                        {t("settings.token.revoke")}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** A glance; the rest is there when somebody asks. */
const AUDIT_SHOWN = 30;
/** As many as the program tells at once. */
const AUDIT_MAX = 1000;

function Audit() {
  const [shown, setShown] = useState(AUDIT_SHOWN);
  const log = useLoaded(`audit ${shown}`, () =>
    get<{ entries: AuditEntry[]; next_before: number | null }>(`/api/audit?limit=${shown}`),
  );
  return (
    <section class="card" aria-labelledby="audit-title">
      <header class="bar">
        <h2 id="audit-title">{t("settings.audit")}</h2>
        <span class="push" />
        <button type="button" class="button" onClick={log.again}>
          {t("again")}
        </button>
      </header>
      {log.fault ? (
        <Fault detail={log.fault} again={log.again} />
      ) : !log.value ? (
        !log.absent && <Loading />
      ) : log.value.entries.length === 0 ? (
        <Empty quiet title={t("settings.audit.none")} help={t("settings.audit.none.do")} />
      ) : (
        <div class="scrolling">
          <table class="plain audit">
            <tbody>
              {log.value.entries.map((entry) => (
                <tr key={entry.number}>
                  <td>{clock(entry.at, now.value)}</td>
                  <th scope="row">{entry.who}</th>
                  <td>{entry.what}</td>
                  <td>{entry.result}</td>
                  <td>{entry.note ?? ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {log.value.next_before !== null && shown < AUDIT_MAX && (
            <p class="foot">
              <button type="button" class="button" onClick={() => setShown(AUDIT_MAX)}>
                {t("settings.audit.more")}
              </button>
            </p>
          )}
        </div>
      )}
    </section>
  );
}
