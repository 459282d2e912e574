// Pictures of every page, at a desk's width and a phone's, in both languages.
//   node scripts/shots.mjs http://127.0.0.1:8320 [FOLDER] [words of names to take…]
// Exits with 1 where a page is wider than its window or a text is cut.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startBrowser } from "./browser.mjs";

const [base = "http://127.0.0.1:8320", folder = ".shots", ...words] = process.argv.slice(2);
const WINDOWS = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const LANGUAGES = { en: "en-GB", zh: "zh-CN" };

mkdirSync(folder, { recursive: true });
const browser = await startBrowser();
const first = async (path) => (await fetch(`${base}${path}`)).json();
const { cases } = await first("/api/cases?limit=1");
const { cameras } = await first("/api/cameras");
const pages = {
  now: "#/",
  cases: "#/cases",
  ...(cases[0] ? { case: `#/cases/${cases[0].id}` } : {}),
  cameras: "#/cameras",
  ...(cameras[0] ? { camera: `#/cameras/${encodeURIComponent(cameras[0].camera_id)}` } : {}),
  machine: "#/machine",
};
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
        await page.screenshot({
          path: join(folder, `${file}.png`),
          fullPage: size === "phone" && name !== "now",
        });
        for (const text of await page.evaluate(cutTexts)) fault(`${file}: ${text}`);
      }
      await context.close();
    }
  }
}
await browser.close();
process.exitCode = faults > 0 ? 1 : 0;

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
