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

/** As a person does: not in the very frame in which the page changes. */
const press = async (key) => {
  await page.waitForTimeout(250);
  await page.keyboard.press(key);
};

/** Draws a zone over nearly all of the picture, drags a corner, names it, sets its clocks, and saves. */
async function drawZone(name) {
  await page.waitForFunction(() => document.querySelector(".board img")?.naturalWidth > 0);
  const board = await page.locator(".board").boundingBox();
  const click = (x, y) => page.mouse.click(board.x + x * board.width, board.y + y * board.height);
  await page.locator("[data-new]").click();
  await click(0.02, 0.02);
  await click(0.98, 0.02);
  await click(0.98, 0.98);
  await click(0.3, 0.98);
  await press("Enter");
  await seen(".zonelist button.chosen", "zone-1");
  const corner = page.locator(".handle:not(.side)").nth(3);
  await corner.hover();
  await page.mouse.down();
  await page.mouse.move(board.x + 0.02 * board.width, board.y + 0.97 * board.height, { steps: 5 });
  await page.mouse.up();
  await page.locator(".zoneform input[name=id]").fill(name);
  await page.locator(".zoneform input[name=violation_s]").fill("20");
  await page.locator(".zoneform input[name=pre_alarm_s]").fill("5");
  await page.locator("[data-save]").click();
}

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
  await press("j");
  await press("Enter");
  await seen("article.case h1", "Illegal parking");
  await page.waitForFunction(() => document.querySelector(".pictures .large img")?.naturalWidth > 0);
  const caption = () => page.locator(".pictures .caption strong").textContent();
  const first = await caption();
  await press("ArrowRight");
  await page.waitForFunction(
    (before) => document.querySelector(".pictures .caption strong")?.textContent !== before,
    first,
  );
  await press("e");
  await seen("dialog.enlarged[open] img");
  await press("Escape");
  await page.locator("dialog.enlarged[open]").waitFor({ state: "detached" });
  await seen(".history li", "Filed");
  await seen("table.steps", "Model");

  step("its place is drawn, and it goes the way of its life by keys alone");
  await seen(
    ".citymap[data-state=drawn] path.grid.leaflet-interactive, .citymap[data-state=drawn] path.grid",
  );
  const stage = (name) => page.locator(`.life[data-stage=${name}]`).waitFor();
  await stage("filed");
  await seen(".life .due", "left");
  await press("a");
  await stage("filed");
  await press("d");
  const to = page.locator(".ask input[name=to]");
  await to.waitFor();
  assert.match(await to.inputValue(), /^dongguan-01-/, "whom it goes to is proposed");
  await page.locator(".ask input[name=by]").fill("wang");
  await press("Enter");
  await stage("dispatched");
  await press("a");
  await stage("accepted");
  await press("h");
  await page.locator(".ask input[name=outcome]").fill("advised, has left");
  await press("Enter");
  await stage("handled");
  await press("y");
  await seen(".history li", "Judged right");
  await press("c");
  await stage("checked");
  await press("r");
  await page.locator(".ask input[name=why]").fill("the car still stands there");
  await press("Enter");
  await stage("accepted");
  await seen(".history li.life", "the car still stands there");
  await press("h");
  await page.locator(".ask input[name=outcome]").waitFor();
  await press("Enter");
  await stage("handled");
  await press("c");
  await stage("checked");
  await press("x");
  await stage("closed");
  await seen(".life .moves .done", "Closed");

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

  step("a zone is drawn with the mouse, refused under a bad name, saved and taken back");
  await page.goto(`${base}/#/cameras/yard/zones`);
  await drawZone("drawn here");
  await seen(".zonespage > .refused", "must be 1 to 64 letters");
  await page.locator(".zoneform input[name=id]").fill("drawn-here");
  await page.locator("[data-save]").click();
  await seen(".zonespage .quiet", "Drawn here");
  await page.locator("[data-undo]").click();
  await seen(".zonespage .empty", "No zones");

  step("a camera is tried and added, a zone drawn on it, and the next case comes from it");
  await page.goto(`${base}/#/cameras`);
  await page.locator("[data-add]").click();
  const field = (name) => page.locator(`.cameraform [name=${name}]`);
  await field("id").fill("lane!");
  await field("uri").fill("rtsp://127.0.0.1:554/lane");
  await page.locator("[data-save]").click();
  await seen("#fault-id");
  await field("id").fill("lane");
  await page.locator("[data-try]").click();
  await seen(".trial progress");
  await please("put up a camera");
  await seen(".trial[data-outcome=picture]", "The camera answers");
  await page.waitForFunction(() => document.querySelector(".trial img")?.naturalWidth > 0);
  await please("it was tried");
  await page.locator("[data-save]").click();
  await seen("article.camera h1", "lane");
  await please("show");
  await seen("article.camera h1 .pill", "live");
  await page.locator("[data-zones]").click();
  await drawZone("in-the-lane");
  await seen(".zonespage .quiet", "Drawn here");
  await please("park in the lane");
  await page.goto(`${base}/#/`);
  await seen(".open a[data-case] .where", "lane · in-the-lane");

  step("it is changed, the change is taken back, and it is removed");
  await page.goto(`${base}/#/cameras/lane/form`);
  await field("name").fill("The lane");
  await page.locator("[data-save]").click();
  await page.locator("[data-undo]:enabled").click();
  await page.waitForFunction(() => document.querySelector(".cameraform [name=name]")?.value !== "The lane");
  await page.locator("[data-remove]").click();
  await page.locator("[data-really]").click();
  await seen(".camerarow .name", "yard");
  await page.locator(".camerarow .name", { hasText: "lane" }).waitFor({ state: "detached" });

  step("every other page opens");
  await press("3");
  await seen(".citymap[data-state=drawn] path.grid");
  await seen(".legend h1", "Qinghe");
  // A live camera pulses, and never holds still as a click waits for.
  await page.locator(".onmap.live").first().dispatchEvent("click");
  await seen(".here h2");
  await press("4");
  await seen(".camerarow .name", "kerb");
  await page.locator(".camerarow a.name").first().click();
  await seen("article.camera h1", "kerb");
  await press("6");
  await seen(".machine h1");
  await press("2");
  await seen("a[data-case]", "gone");
  await page.goto(`${base}/#/cases/${"0".repeat(32)}`);
  await seen(".empty", "There is no such case");

  step("once there are users, a viewer looks and changes nothing");
  await please("add users");
  await page.goto(`${base}/#/cameras/yard`);
  await page.reload();
  const logIn = async (name, password) => {
    await page.locator(".login input[name=user]").fill(name);
    await page.locator(".login input[name=password]").fill(password);
    await page.locator(".login button[type=submit]").click();
  };
  await logIn("watcher", "not the password");
  await seen(".login .refused");
  await logIn("watcher", "a long pass phrase");
  await seen("article.camera h1", "yard");
  await seen("[data-link=live]");
  assert.equal(await page.locator("[data-zones]").count(), 0, "a viewer is offered no zones to draw");
  const status = await page.evaluate(async () => {
    const { csrf } = await (await fetch("/api/session")).json();
    const headers = { "content-type": "application/json", "x-csrf-token": csrf };
    const zones = await fetch("/api/cameras/yard/zones", { method: "PUT", headers, body: '{"zones": []}' });
    const tokens = await fetch("/api/tokens");
    return [zones.status, tokens.status];
  });
  assert.deepEqual(status, [403, 403], "and the program refuses what the page does not offer");
  await page.goto(`${base}/#/settings`);
  await seen(".settings .facts", "watcher");
  assert.equal(await page.locator(".tokenform").count(), 0);
  await page.locator("[data-logout]").click();
  await logIn("chief", "a long pass phrase");
  await seen(".settings .audit", "watcher");
  await seen(".settings .users", "watcher");
  await page.locator(".tokenform input[name=name]").fill("desk");
  await page.locator(".tokenform input[value=read]").check();
  await page.locator(".tokenform button[type=submit]").click();
  await seen(".drawinghelp code", "xj_");
  await page.goto(`${base}/#/cameras/yard`);
  await seen("[data-zones]");

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
