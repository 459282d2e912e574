/** A box in which the city is drawn; what draws it is loaded only now. */

import { useEffect, useRef, useState } from "preact/hooks";
import { language, named, t } from "../words";
import type { CityMap, OnMap, Wanted } from "./citymap";
import { Fault, Loading } from "./words";

interface Props {
  told: OnMap;
  still?: boolean;
  label: string;
  chose?: Wanted["chose"];
}

export function CityFrame({ told, still, label, chose }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const map = useRef<CityMap | null>(null);
  const latest = useRef(told);
  latest.current = told;
  const choose = useRef(chose);
  choose.current = chose;
  const [state, setState] = useState<"loading" | "drawn" | "fault">("loading");

  // Not by all that it uses: the map stays, and is told of what changes below
  useEffect(() => {
    let wanted = true;
    import("./citymap").then(
      ({ CityMap }) => {
        if (!wanted || !box.current) return;
        map.current = new CityMap(box.current, {
          still: still === true,
          words: {
            camera: (name, phase, open) =>
              `${name} · ${named("phase", phase)}${open > 0 ? ` · ${t("map.open", { n: open })}` : ""}`,
            grid: (name, open) => (open > 0 ? `${name} · ${t("map.open", { n: open })}` : name),
          },
          chose: (what) => choose.current?.(what),
        });
        map.current.draw(latest.current);
        map.current.show(latest.current);
        setState("drawn");
      },
      () => wanted && setState("fault"),
    );
    return () => {
      wanted = false;
      map.current?.end();
      map.current = null;
    };
  }, [still]);
  useEffect(() => map.current?.draw(told), [told, language.value]);
  const place = `${told.camera} ${told.grid}`;
  useEffect(() => map.current?.show(latest.current), [place]);

  return (
    <div class={`cityframe ${still ? "still" : ""}`}>
      <section class="citymap" ref={box} aria-label={label} data-state={state} />
      {told.city.tiles && <span class="whose small">{told.city.tiles.attribution}</span>}
      {state === "loading" && <Loading />}
      {state === "fault" && <Fault detail={t("map.fault")} />}
    </div>
  );
}
