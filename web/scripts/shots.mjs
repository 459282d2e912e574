// Pictures of every page, at a desk's width and a phone's, in both languages.
//   node scripts/shots.mjs http://127.0.0.1:8320 [FOLDER] [words of names to take…]
//   node scripts/shots.mjs http://127.0.0.1:8320 ../docs/page light   those of the documentation
// Exits with 1 where a page is wider than its window, a text is cut, or a picture is too large.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startBrowser } from "./browser.mjs";

const [base = "http://127.0.0.1:8320", folder = ".shots", ...words] = process.argv.slice(2);
const WINDOWS = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const LANGUAGES = { en: "en-GB", zh: "zh-CN" };

mkdirSync(folder, { recursive: true });
const browser = await startBrowser();
const first = async (path) => (await fetch(`${base}${path}`)).json();
const { cases } = await first("/api/cases?limit=100");
// One that people have worked with tells most.
cases.sort((a, b) => worth(b) - worth(a));
const { cameras } = await first("/api/cameras");
const pages = {
  now: "#/",
  cases: "#/cases",
  ...(cases[0] ? { case: `#/cases/${cases[0].id}` } : {}),
  map: cases[0] ? `#/map?camera=${encodeURIComponent(cases[0].camera_id)}` : "#/map",
  cameras: "#/cameras",
  ...(cameras[0]
    ? {
        camera: `#/cameras/${encodeURIComponent(cameras[0].camera_id)}`,
        zones: `#/cameras/${encodeURIComponent(cameras[0].camera_id)}/zones`,
      }
    : {}),
  newcamera: "#/newcamera",
  reports: "#/reports?span=week&by=class",
  machine: "#/machine",
  settings: "#/settings",
};
const BYTES_MAX = 150_000;
const packer = await browser.newPage();
let faults = 0;
for (const [size, viewport] of Object.entries(WINDOWS)) {
  for (const [language, locale] of Object.entries(LANGUAGES)) {
    for (const scheme of ["light", "dark"]) {
      const context = await browser.newContext({
        viewport,
        locale,
        colorScheme: scheme,
        deviceScaleFactor: 1,
      });
      const page = await context.newPage();
      page.on("pageerror", (error) => fault(`${error}`));
      for (const [name, hash] of Object.entries(pages)) {
        const file = `${name}-${size}-${language}-${scheme}`;
        if (words.length > 0 && !words.some((word) => file.includes(word))) continue;
        await page.goto(`${base}/${hash}`);
        await page.waitForSelector("[data-link=live]");
        await page.waitForTimeout(name === "now" || name === "cameras" ? 3500 : 1500);
        const dismiss = page.locator("[data-banner=demo] button");
        if (await dismiss.count()) await dismiss.click();
        if (size === "phone") await page.setViewportSize({ ...viewport, height: await heightOf(page, name) });
        const taken = await page.screenshot();
        await page.setViewportSize(viewport);
        const small = await packed(taken);
        if (small.length > BYTES_MAX) fault(`${file}: ${small.length} bytes`);
        writeFileSync(join(folder, `${file}.webp`), small);
        for (const text of await page.evaluate(cutTexts)) fault(`${file}: ${text}`);
      }
      await context.close();
    }
  }
}
await browser.close();
process.exitCode = faults > 0 ? 1 : 0;

/** As high as the page is, so that the bar at the bottom stands below everything. */
async function heightOf(page, name) {
  if (name === "now") return WINDOWS.phone.height;
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  return Math.min(2600, Math.max(WINDOWS.phone.height, whole));
}

function worth(one) {
  return (one.recurs ? 2 : 0) + (one.joined?.length ? 1 : 0) + (one.evidence.length > 3 ? 1 : 0);
}

/** The browser itself knows WebP. */
async function packed(png) {
  const packed = await packer.evaluate(async (data) => {
    const bytes = await (await fetch(`data:image/png;base64,${data}`)).blob();
    const picture = await createImageBitmap(bytes);
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    canvas.getContext("2d").drawImage(picture, 0, 0);
    const blob = await canvas.convertToBlob({ type: "image/webp", quality: 0.82 });
    const url = await new Promise((done) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result);
      reader.readAsDataURL(blob);
    });
    return url.split(",")[1];
  }, png.toString("base64"));
  return Buffer.from(packed, "base64");
}

function fault(text) {
  faults += 1;
  console.error(text);
}

/** What is wider than the window, and texts that are cut though nothing says they may be. */
function cutTexts() {
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth)
    found.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  for (const element of document.querySelectorAll("main *, .top *")) {
    if (element.children.length > 0 || !element.textContent.trim()) continue;
    const style = getComputedStyle(element);
    const cut = element.scrollWidth > element.clientWidth + 1 && style.overflowX !== "visible";
    if (cut && style.textOverflow !== "ellipsis" && !element.closest(".unseen")) {
      found.push(`cut: "${element.textContent.trim().slice(0, 40)}"`);
    }
  }
  return found;
}
