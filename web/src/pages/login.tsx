/** Asks who one is. */

import { useEffect, useRef, useState } from "preact/hooks";
import { logIn } from "../session";
import { t } from "../words";

export function LoginPage() {
  const [fault, setFault] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const send = async (event: Event) => {
    event.preventDefault();
    const given = new FormData(form.current as HTMLFormElement);
    setAsking(true);
    setFault(await logIn(String(given.get("user") ?? "").trim(), String(given.get("password") ?? "")));
    setAsking(false);
  };
  return (
    <form class="card login" ref={form} onSubmit={send}>
      <h1>{t("login.title")}</h1>
      <label>
        {t("login.user")}
        <input name="user" required autocomplete="username" maxLength={100} />
      </label>
      <label>
        {t("login.password")}
        <input name="password" type="password" required autocomplete="current-password" maxLength={256} />
      </label>
      {fault && (
        <p class="refused" role="alert">
          <strong>{t("login.refused")}</strong> <span lang="en">{fault}</span>
        </p>
      )}
      <button type="submit" class="button main" disabled={asking}>
        {t(asking ? "life.taking" : "login.do")}
      </button>
    </form>
  );
}
