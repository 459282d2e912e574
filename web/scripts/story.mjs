// The page in a real browser, before a program that a test runs: `tests/scenarios/page.rs`.
//   node scripts/story.mjs http://127.0.0.1:PORT
// Says what it wants done as a line on its output, and waits for an answer to each.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { startBrowser } from "./browser.mjs";

const [base] = process.argv.slice(2);
const PATIENCE_MS = 60_000;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Has the test do something, and waits until it is done. */
async function please(what) {
  console.log(what);
  const { value } = await lines.next();
  assert.equal(value, "done", `${what}: ${value}`);
}

const browser = await startBrowser();
const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 800 } });
context.setDefaultTimeout(PATIENCE_MS);
const page = await context.newPage();
const faults = [];
// A server that is away is refused by the browser in its own words; that is part of the story.
const expected = /Failed to load resource|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|net::ERR/;
page.on("pageerror", (error) => faults.push(String(error)));
page.on("console", (line) => {
  if (line.type() === "error" && !expected.test(line.text())) faults.push(line.text());
});

const step = (text) => console.error(`page: ${text}`);
const seen = (selector, text) =>
  page
    .locator(selector, text ? { hasText: text } : {})
    .first()
    .waitFor();

try {
  step("an empty city says what would fill it");
  await page.goto(`${base}/`);
  await seen("[data-link=live]");
  await seen(".tile", "kerb");
  await seen(".open .empty", "No open cases");

  step("a case appears by itself");
  await please("park");
  await seen(".open a[data-case]", "Illegal parking");
  await seen(".open .badge", "1");
  await seen(".tile .count", "1");
  await page.waitForFunction(() => document.title.startsWith("(1)"));
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".tile img")].some((image) => image.naturalWidth > 0),
  );

  step("it is opened with the keys, and its pictures are stepped through");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await seen("article.case h1", "Illegal parking");
  await page.waitForFunction(() => document.querySelector(".pictures .large img")?.naturalWidth > 0);
  const caption = () => page.locator(".pictures .caption strong").textContent();
  const first = await caption();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(
    (before) => document.querySelector(".pictures .caption strong")?.textContent !== before,
    first,
  );
  await page.keyboard.press("e");
  await seen("dialog.enlarged[open] img");
  await page.keyboard.press("Escape");
  await page.locator("dialog.enlarged[open]").waitFor({ state: "detached" });
  await seen(".history li", "Filed");
  await seen("table.steps", "Model");

  step("the language is switched");
  await page.locator("[data-language]").click();
  await seen("article.case h1", "机动车乱停放");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");
  await page.reload();
  await seen("article.case h1", "机动车乱停放");
  await page.locator("[data-language]").click();
  await seen("article.case h1", "Illegal parking");

  step("the page says that the program is away, and goes on when it is back");
  await please("stop");
  await seen("[data-banner=cut]");
  await please("start");
  await seen("[data-banner=restarted]");
  await seen("[data-link=live]");
  await page.locator("[data-banner=cut]").waitFor({ state: "detached" });

  step("the thing leaves, and the open page knows");
  await please("leave");
  await seen("article.case .pill", "gone");
  await seen(".history li", "Gone");

  step("every other page opens");
  await page.keyboard.press("3");
  await seen(".camerarow .name", "kerb");
  await page.locator(".camerarow a.name").first().click();
  await seen("article.camera h1", "kerb");
  await page.keyboard.press("4");
  await seen(".machine h1");
  await page.keyboard.press("2");
  await seen("a[data-case]", "gone");
  await page.goto(`${base}/#/cases/${"0".repeat(32)}`);
  await seen(".empty", "There is no such case");
  assert.deepEqual(faults, []);
  await browser.close();
  console.log("end");
  process.exit(0);
} catch (error) {
  console.error(`page: ${error}`, faults);
  if (process.env.PAGE_FAULT) await page.screenshot({ path: process.env.PAGE_FAULT }).catch(() => {});
  await browser.close();
  process.exit(1);
}
