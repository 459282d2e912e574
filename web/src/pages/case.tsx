/** One case: its pictures to step through, its clocks, its steps, its history. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Case, casePath, type Evidence, evidencePath, get, getLife } from "../api";
import { boxesShown } from "../choices";
import { city, hasCity } from "../city";
import { clock, exactly, finderOf } from "../format";
import { ArrowLeft, ChevronLeft, ChevronRight, FileCheck, Maximize2, X } from "../icons";
import { isOpen } from "../list";
import { lastChanged, now, openCases, saw } from "../live";
import { useLoaded, useTurns } from "../loading";
import { Standing } from "../parts/caserow";
import { History } from "../parts/history";
import { CaseLatency } from "../parts/latency";
import { LifeCard } from "../parts/lifecard";
import { MatterCard } from "../parts/matter";
import { PlaceCard } from "../parts/placecard";
import { Picture } from "../parts/scene";
import { Empty, Fact, Facts, Fault, Loading, StatePill } from "../parts/words";
import { toCamera } from "../route";
import { named, t } from "../words";

const LIFE_EVERY_MS = 5000;

export function CasePage({ id }: { id: string }) {
  const { value: one, fault, absent, again, put } = useLoaded(id, () => get<Case>(casePath(id)));
  const news = lastChanged.value.find((change) => change.case.id === id)?.case;
  useEffect(() => {
    if (news && one && news.revision > one.revision) put(news);
  }, [news, one, put]);
  useEffect(() => saw(id), [id]);
  const lives = hasCity.value;
  const life = useLoaded(`life ${id} ${lives}`, () => (lives ? getLife(id) : Promise.resolve(null)));
  // Somebody else may take a step meanwhile.
  useTurns(LIFE_EVERY_MS, life.again);
  useEffect(() => {
    if (news) life.again();
  }, [news, life.again]);
  // The acknowledgement follows the filing by a moment and is no news of its own.
  const untold = one !== null && one.latency.delivered_at === null;
  useEffect(() => {
    if (!untold) return;
    const turn = setTimeout(again, 2000);
    return () => clearTimeout(turn);
  }, [untold, again]);

  if (absent) {
    return (
      <div class="page">
        <Empty title={t("case.absent")} help={t("case.absent.do")} />
        <p class="centre">
          <a href="#/cases">{t("case.back")}</a>
        </p>
      </div>
    );
  }
  if (!one) return <div class="page">{fault ? <Fault detail={fault} again={again} /> : <Loading />}</div>;
  return (
    <article class="page case" data-case={one.id}>
      <Title one={one} />
      <div class="columns">
        <div class="side">
          <Pictures one={one} />
          <MatterCard one={one} />
          <History one={one} life={life.value} />
        </div>
        <div class="side">
          {life.value ? (
            <LifeCard life={life.value} changed={life.put} />
          ) : life.fault ? (
            <Fault detail={life.fault} again={life.again} />
          ) : (
            city.value && !hasCity.value && <Empty quiet title={t("life.none")} help={t("life.none.do")} />
          )}
          <Clocks one={one} />
          <PlaceCard one={one} />
          <CaseLatency one={one} />
        </div>
      </div>
    </article>
  );
}

function Title({ one }: { one: Case }) {
  const list = openCases.value;
  const at = list.findIndex((other) => other.id === one.id);
  const before = at > 0 ? list[at - 1] : undefined;
  const after = at >= 0 ? list[at + 1] : undefined;
  return (
    <header class="title">
      <a class="icon" href="#/cases" aria-label={t("case.back")} data-back>
        <ArrowLeft size={18} aria-hidden="true" />
      </a>
      <div>
        <h1>
          {named("kind", one.kind)} <StatePill state={one.state} />
        </h1>
        <p class="quiet">
          {one.camera_id ? <a href={toCamera(one.camera_id)}>{one.camera_id}</a> : finderOf(one)}
          {one.zone_id && ` · ${t("case.zone")} ${one.zone_id}`}
          {one.thing && ` · ${named("thing", one.thing)}`}
        </p>
      </div>
      <span class="push" />
      <p class="stood">
        <Standing one={one} />
        <span class="small">{t(isOpen(one) ? "case.standing" : "case.stood")}</span>
      </p>
      {at >= 0 && (
        <nav class="pair" aria-label={t("nav.cases")}>
          <Neighbour one={before} word="case.previouscase" />
          <Neighbour one={after} word="case.nextcase" />
        </nav>
      )}
    </header>
  );
}

function Neighbour({ one, word }: { one: Case | undefined; word: "case.previouscase" | "case.nextcase" }) {
  const Icon = word === "case.nextcase" ? ChevronRight : ChevronLeft;
  return one ? (
    <a class="icon" href={`#/cases/${one.id}`} aria-label={t(word)} title={t(word)}>
      <Icon size={18} aria-hidden="true" />
    </a>
  ) : (
    <span class="icon off" aria-hidden="true">
      <Icon size={18} />
    </span>
  );
}

function Pictures({ one }: { one: Case }) {
  const [role, setRole] = useState<string | null>(null);
  const enlarged = useRef<HTMLDialogElement>(null);
  const usual = one.evidence.find((piece) => piece.role === "B") ?? one.evidence[0];
  const piece = one.evidence.find((piece) => piece.role === role) ?? usual;

  useLayoutEffect(() => {
    const step = (by: number) => {
      const at = one.evidence.indexOf(piece as Evidence);
      const next = one.evidence[(at + by + one.evidence.length) % one.evidence.length];
      if (next) setRole(next.role);
    };
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      if (event.key === "ArrowRight") step(1);
      else if (event.key === "ArrowLeft") step(-1);
      else if (event.key === "e")
        enlarged.current?.open ? enlarged.current.close() : enlarged.current?.showModal();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [one, piece]);

  if (!piece) {
    const gone = one.evidence_removed_at;
    const help = gone
      ? t("case.nopictures.gone", { time: clock(gone, now.value) })
      : t("case.nopictures.none");
    return (
      <section class="card pictures">
        <Empty title={t("case.nopictures")} help={help} />
      </section>
    );
  }
  const shown = (
    <Picture
      natural
      src={evidencePath(one, piece)}
      alt={`${t("case.picture", { role: piece.role })}, ${exactly(piece.captured_at)}`}
      marks={
        piece.role === "crop"
          ? []
          : [{ box: piece.box, tone: "case", label: one.thing ? named("thing", one.thing) : "" }]
      }
    />
  );
  return (
    <section class="card pictures" aria-label={t("case.pictures")}>
      <button
        type="button"
        class="large"
        onClick={() => enlarged.current?.showModal()}
        aria-label={t("case.enlarge")}
      >
        {shown}
      </button>
      <div class="caption">
        <strong>
          {piece.role.length === 1 && `${piece.role} · `}
          {named("case.role", piece.role)}
        </strong>
        <span class="quiet number">{exactly(piece.captured_at)}</span>
        <span class="push" />
        <label class="check">
          <input
            type="checkbox"
            checked={boxesShown.value}
            onChange={() => {
              boxesShown.value = !boxesShown.value;
            }}
          />
          {t("case.boxes")}
        </label>
        <button type="button" class="button" onClick={() => enlarged.current?.showModal()}>
          <Maximize2 size={14} aria-hidden="true" /> {t("case.enlarge")}
        </button>
      </div>
      <fieldset class="strip" aria-label={t("case.pictures")}>
        {one.evidence.map((other) => (
          <button
            key={other.role}
            type="button"
            class={other === piece ? "chosen" : ""}
            aria-pressed={other === piece}
            onClick={() => setRole(other.role)}
          >
            <img src={evidencePath(one, other)} alt="" loading="lazy" decoding="async" />
            <span>
              {other.role.length === 1 && <b>{other.role} </b>}
              {named("case.role", other.role)}
            </span>
          </button>
        ))}
      </fieldset>
      <p class="small foot">
        <FileCheck size={14} aria-hidden="true" />{" "}
        <a href={`${casePath(one.id)}/evidence/manifest.json`} target="_blank" rel="noreferrer">
          {t("case.manifest")}
        </a>{" "}
        {t("case.manifest.note")}
      </p>
      <dialog class="enlarged" ref={enlarged} aria-label={t("case.picture", { role: piece.role })}>
        {shown}
        <button
          type="button"
          class="icon close"
          onClick={() => enlarged.current?.close()}
          aria-label={t("case.close")}
        >
          <X size={20} aria-hidden="true" />
        </button>
      </dialog>
    </section>
  );
}

function isTyping(event: KeyboardEvent): boolean {
  return event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
}

function Clocks({ one }: { one: Case }) {
  return (
    <section class="card" aria-labelledby="clocks-title">
      <h2 id="clocks-title">{t("case.clocks")}</h2>
      <Facts>
        <Fact word="case.began">
          {clock(one.began_at, now.value)}
          {one.began_before_start && <span class="small"> {t("case.began.before")}</span>}
        </Fact>
        <Fact word="case.proved">{clock(one.proved_at, now.value)}</Fact>
        <Fact word="case.filedat">{clock(one.filed_at, now.value)}</Fact>
        <Fact word="case.told">
          {one.latency.delivered_at ? clock(one.latency.delivered_at, now.value) : t("case.nottold")}
        </Fact>
        <Fact word="case.seen">{clock(one.seen_at, now.value)}</Fact>
        {one.cleared_at && <Fact word="case.cleared">{clock(one.cleared_at, now.value)}</Fact>}
        <Fact word="case.score">{Math.round(one.score * 100)} %</Fact>
        <Fact word="case.id">
          <code>{one.id}</code>
        </Fact>
      </Facts>
    </section>
  );
}
