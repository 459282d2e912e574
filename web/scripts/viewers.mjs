// What pages cost the program that they look at: opens some and reads its threads' time.
//   node scripts/viewers.mjs http://127.0.0.1:8320 PID [VIEWERS] [SECONDS]
import { readdirSync, readFileSync } from "node:fs";
import { startBrowser } from "./browser.mjs";

const [base, pid, viewers = "4", seconds = "60"] = process.argv.slice(2);
const TICKS_PER_S = 100;

/** Seconds of processor time of the threads that answer pages. */
function spent() {
  let ticks = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, "utf8");
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (name.startsWith("api")) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / TICKS_PER_S;
}

const rest = (s) => new Promise((done) => setTimeout(done, 1000 * s));
const share = async () => {
  const before = spent();
  await rest(Number(seconds));
  return (100 * (spent() - before)) / Number(seconds);
};

const without = await share();
const browser = await startBrowser();
for (let n = 0; n < Number(viewers); n++) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(base);
  await page.waitForSelector("[data-link=live]");
}
await rest(5);
const all = await share();
await browser.close();
const each = (all - without) / Number(viewers);
console.log(
  `${without.toFixed(1)} % of a core without viewers, ${all.toFixed(1)} % with ${viewers}: ${each.toFixed(2)} % each`,
);
