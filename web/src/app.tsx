/** The frame around every page: where one is, whether all is well, and what is new. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { nextTheme, sound, theme } from "./choices";
import { clock, finderOf, roughly } from "./format";
import {
  Activity,
  Cctv,
  ChartColumn,
  Keyboard,
  LayoutGrid,
  ListChecks,
  MapIcon,
  Moon,
  Settings,
  Sun,
  SunMoon,
  Volume2,
  VolumeX,
} from "./icons";
import { keysShown } from "./keys";
import {
  announced,
  chime,
  cutSince,
  health,
  link,
  newPage,
  now,
  restartedAt,
  timeScale,
  unseen,
} from "./live";
import { CameraPage } from "./pages/camera";
import { EditCameraPage, NewCameraPage } from "./pages/cameraform";
import { CamerasPage } from "./pages/cameras";
import { CasePage } from "./pages/case";
import { CasesPage } from "./pages/cases";
import { LoginPage } from "./pages/login";
import { MachinePage } from "./pages/machine";
import { MapPage } from "./pages/map";
import { NowPage } from "./pages/now";
import { ReportsPage } from "./pages/reports";
import { SettingsPage } from "./pages/settings";
import { ZonesPage } from "./pages/zones";
import { Empty, HealthPill } from "./parts/words";
import { type Route, route } from "./route";
import { mustLogIn, user } from "./session";
import { language, named, switchLanguage, t, type Word } from "./words";

const CAMERA_PAGES = ["cameras", "camera", "zones", "newcamera", "editcamera"];
const PAGES = [
  { word: "nav.now", href: "#/", icon: LayoutGrid, pages: ["now"] },
  { word: "nav.cases", href: "#/cases", icon: ListChecks, pages: ["cases", "case"] },
  { word: "nav.map", href: "#/map", icon: MapIcon, pages: ["map"] },
  { word: "nav.cameras", href: "#/cameras", icon: Cctv, pages: CAMERA_PAGES },
  { word: "nav.reports", href: "#/reports", icon: ChartColumn, pages: ["reports"] },
  { word: "nav.machine", href: "#/machine", icon: Activity, pages: ["machine"] },
] as const;

export function App() {
  const here = route.value;
  const fresh = unseen.value.size;
  const place = PAGES.find((page) => (page.pages as readonly string[]).includes(here.page));
  const other = here.page === "settings" ? t("settings.title") : t("notfound");
  const title = place ? t(place.word) : other;
  useEffect(() => {
    document.title = `${fresh > 0 ? `(${fresh}) ` : ""}${title} · 巡街 Xunjie`;
  }, [fresh, title]);
  // A new page is read from its top, and from its beginning for who listens.
  const main = useRef<HTMLElement>(null);
  const name = JSON.stringify(here);
  // Not by all that it uses: `name` is what changes with the page
  useEffect(() => {
    scrollTo(0, 0);
    if (document.activeElement !== document.body) main.current?.focus({ preventScroll: true });
  }, [name]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {t("skip")}
      </button>
      <header class="top">
        <a class="brand" href="#/">
          <Mark />
          <span lang="zh">巡街</span> <span class="latin">Xunjie</span>
        </a>
        <nav class="pages" aria-label={t("nav.main")}>
          {PAGES.map(({ word, href, icon: Icon, pages }) => (
            <a
              key={word}
              href={href}
              aria-current={(pages as readonly string[]).includes(here.page) ? "page" : undefined}
            >
              <Icon size={18} aria-hidden="true" />
              <span>{t(word)}</span>
              {word === "nav.now" && fresh > 0 && <b class="badge count">{fresh}</b>}
            </a>
          ))}
        </nav>
        <span class="push" />
        <Demo />
        <State />
        <Choices />
      </header>
      <Banners />
      <main ref={main} tabIndex={-1}>
        {mustLogIn.value ? <LoginPage /> : <Page here={here} />}
      </main>
      <Keys />
      <p class="unseen" role="status" aria-live="polite">
        {announced.value &&
          t("case.new", { kind: named("kind", announced.value.kind), camera: finderOf(announced.value) })}
      </p>
    </>
  );
}

function Page({ here }: { here: Route }) {
  switch (here.page) {
    case "now":
      return <NowPage />;
    case "cases":
      return <CasesPage filter={here} />;
    case "case":
      return <CasePage key={here.id} id={here.id} />;
    case "cameras":
      return <CamerasPage />;
    case "camera":
      return <CameraPage key={here.id} id={here.id} />;
    case "map":
      return <MapPage camera={here.camera} grid={here.grid} />;
    case "settings":
      return <SettingsPage />;
    case "zones":
      return <ZonesPage key={here.id} id={here.id} />;
    case "newcamera":
      return <NewCameraPage />;
    case "editcamera":
      return <EditCameraPage key={here.id} id={here.id} />;
    case "reports":
      return <ReportsPage asked={here} />;
    case "machine":
      return <MachinePage />;
    case "nothing":
      return <Empty title={t("notfound")} help={t("notfound.do")} />;
  }
}

function Mark() {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M5 22h22M8 22l3-7h10l3 7" />
      <circle cx="16" cy="9" r="3" />
    </svg>
  );
}

/** In a demonstration times run quicker than a city's, and nobody is to be fooled by that. */
function Demo() {
  const scale = timeScale.value;
  if (scale === null) return null;
  const words = t("demo.note", {
    scale: number(scale),
    usual: t("demo.usual"),
    here: roughly(DEMO_EXAMPLE_S / scale),
  });
  return (
    <span class="pill warn demo" title={words} data-demo>
      {t("demo.pill", { scale: number(scale) })}
    </span>
  );
}

/** What the note speaks of: the usual dwell of no parking. */
const DEMO_EXAMPLE_S = 300;
const demoNoted = signal(false);
const number = (n: number) => String(Number(n.toFixed(1)));

function State() {
  const told = health.value;
  if (link.value !== "live") {
    return (
      <span class={`pill ${link.value === "cut" ? "bad" : "warn"}`} data-link={link.value}>
        {t(`link.${link.value}`)}
      </span>
    );
  }
  return (
    <a class="state" href="#/machine" data-link="live" title={told?.reasons[0] ?? t("link.live")}>
      {told && <HealthPill state={told.state} />}
    </a>
  );
}

function Choices() {
  const Theme = { auto: SunMoon, light: Sun, dark: Moon }[theme.value];
  const themeWord = t("theme.switch", { mode: t(`theme.${theme.value}`) });
  const soundWord = t(sound.value ? "sound.on" : "sound.off");
  const other = language.value === "zh" ? "en" : "zh";
  return (
    <div class="choices">
      <button
        type="button"
        class="icon keys"
        title={t("keys.show")}
        aria-label={t("keys.show")}
        onClick={() => {
          keysShown.value = true;
        }}
      >
        <Keyboard size={18} aria-hidden="true" />
      </button>
      <button
        type="button"
        class="icon"
        title={soundWord}
        aria-label={soundWord}
        aria-pressed={sound.value}
        onClick={() => {
          sound.value = !sound.value;
          if (sound.value) chime();
        }}
      >
        {sound.value ? <Volume2 size={18} aria-hidden="true" /> : <VolumeX size={18} aria-hidden="true" />}
      </button>
      <button type="button" class="icon" title={themeWord} aria-label={themeWord} onClick={nextTheme}>
        <Theme size={18} aria-hidden="true" />
      </button>
      <a
        class="icon"
        href="#/settings"
        title={user.value ?? t("settings.title")}
        aria-label={t("settings.title")}
        aria-current={route.value.page === "settings" ? "page" : undefined}
      >
        <Settings size={18} aria-hidden="true" />
      </a>
      <button
        type="button"
        class="language"
        lang={other}
        aria-label={t("language.switch")}
        onClick={switchLanguage}
        data-language
      >
        {other === "zh" ? "中文" : "EN"}
      </button>
    </div>
  );
}

function Banners() {
  const since = cutSince.value;
  const cutFor = since === null ? 0 : (Date.now() - since) / 1000;
  const restarted = restartedAt.value;
  const scale = timeScale.value;
  // Read, so that the time goes on while there is no connection.
  now.value;
  return (
    <div class="banners" role="status">
      {since !== null && (
        <p class="banner bad" data-banner="cut">
          {t("link.cut.long", { time: roughly(cutFor) })} {t("link.cut.do")}
        </p>
      )}
      {scale !== null && !demoNoted.value && (
        <p class="banner" data-banner="demo">
          {t("demo.note", {
            scale: number(scale),
            usual: t("demo.usual"),
            here: roughly(DEMO_EXAMPLE_S / scale),
          })}
          <button
            type="button"
            class="button"
            onClick={() => {
              demoNoted.value = true;
            }}
          >
            {t("dismiss")}
          </button>
        </p>
      )}
      {restarted && (
        <p class="banner" data-banner="restarted">
          {t("link.restarted", { time: clock(restarted) })}
          <button
            type="button"
            class="button"
            onClick={() => {
              restartedAt.value = null;
            }}
          >
            {t("dismiss")}
          </button>
        </p>
      )}
      {newPage.value && (
        <p class="banner">
          {t("link.newpage")}
          <button type="button" class="button" onClick={() => location.reload()}>
            {t("link.reload")}
          </button>
        </p>
      )}
    </div>
  );
}

const KEYS: [string, Word][] = [
  ["1 … 6", "keys.go"],
  ["J K", "keys.move"],
  ["Enter", "keys.open"],
  ["← →", "keys.picture"],
  ["E", "keys.enlarge"],
  ["B", "keys.boxes"],
  ["A H C X", "keys.forward"],
  ["D R F", "keys.turn"],
  ["Y N", "keys.judge"],
  ["/", "keys.search"],
  ["Esc", "keys.back"],
  ["?", "keys.help"],
];

function Keys() {
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = keysShown.value;
  useEffect(() => {
    if (shown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [shown]);
  return (
    <dialog
      class="keys"
      ref={dialog}
      aria-labelledby="keys-title"
      onClose={() => {
        keysShown.value = false;
      }}
    >
      <h2 id="keys-title">{t("keys.title")}</h2>
      <dl>
        {KEYS.map(([keys, word]) => (
          <div key={word}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(word)}</dd>
          </div>
        ))}
      </dl>
      <button
        type="button"
        class="button"
        onClick={() => {
          keysShown.value = false;
        }}
      >
        {t("case.close")}
      </button>
    </dialog>
  );
}
