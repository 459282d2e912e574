/** Who may log in. */

import { get } from "../api";
import { clock } from "../format";
import { now } from "../live";
import { useLoaded } from "../loading";
import { named, t } from "../words";
import { Empty, Fault, Loading } from "./words";

interface User {
  name: string;
  role: string;
  enabled: boolean;
  added_at: string;
  password_at: string;
}

export function Users() {
  const list = useLoaded("users", () => get<{ users: User[] }>("/api/users"));
  if (list.absent) return null;
  return (
    <section class="card" aria-labelledby="users-title">
      <h2 id="users-title">{t("settings.users")}</h2>
      {list.fault ? (
        <Fault detail={list.fault} again={list.again} />
      ) : !list.value ? (
        <Loading />
      ) : list.value.users.length === 0 ? (
        <Empty quiet title={t("settings.users.none")} help={t("settings.users.none.do")} />
      ) : (
        <>
          <div class="scrolling">
            <table class="plain users">
              <tbody>
                {list.value.users.map((user) => (
                  <tr key={user.name}>
                    <th scope="row">{user.name}</th>
                    <td>{named("role", user.role)}</td>
                    <td class="quiet">
                      {t("settings.users.since", { time: clock(user.added_at, now.value) })}
                    </td>
                    <td>{!user.enabled && <span class="pill">{t("settings.users.off")}</span>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p class="small note">{t("settings.users.note")}</p>
        </>
      )}
    </section>
  );
}
