// Opens the report page in a browser and says, as JSON, what a person would meet: errors, requests, barriers (axe), and whether
// the page's own script gives the figures that the build gave. Arguments: browser, page, folder for pictures (optional).
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [executablePath, page, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const found = { errors: [], requests: [], barriers: [], too_wide: [], redrawn: {}, figures: [] };

const open = async (width, scheme) => {
  const tab = await browser.newPage();
  tab.on("console", (message) => found.errors.push(message.text()));
  tab.on("pageerror", (error) => found.errors.push(String(error)));
  tab.on("request", (request) => found.requests.push(request.url()));
  await tab.setViewport({ width, height: 900, hasTouch: width < 500 });
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await tab.goto(pathToFileURL(page).href);
  return tab;
};
const unfold = (tab) => tab.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
const choose = (tab, id, value) => tab.select(`#${id}`, String(value));
const texts = (tab) => tab.evaluate(() =>
  [...document.querySelectorAll("td.n, [data-card], tbody th, .note, .plot text, .plot path, .empty, .left, #chosen")].map((one) =>
    [one.textContent.replace(/\s+/g, " ").trim(), one.getAttribute("d"), one.hidden].join("|")));

for (const [width, scheme] of [[1440, "light"], [390, "dark"]]) {
  const tab = await open(width, scheme);
  if (pictures) await tab.screenshot({ path: `${pictures}/report-${width}-${scheme}.png` });
  found.too_wide.push(await tab.evaluate(() => document.documentElement.scrollWidth > window.innerWidth));
  await unfold(tab);
  await tab.evaluate(axe);
  const { violations } = await tab.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  found.barriers.push(...violations.map((one) => ({ id: one.id, impact: one.impact, html: one.nodes[0].html.slice(0, 200), width, scheme })));
  await tab.close();
}

const tab = await open(1200, "light");
await unfold(tab);
const first = await texts(tab);
const { presets, segments, preset } = await tab.evaluate(() => ({
  presets: [...document.getElementById("preset").options].map((one) => one.value).filter((one) => one),
  segments: [...document.getElementById("segment").options].map((one) => one.value),
  preset: document.getElementById("preset").value,
}));
// Each choice, and for each a part of the figures, with what their tooltips say.
for (const [number, segment] of segments.entries()) {
  if (number % 6 && number < segments.length - 1) continue;
  await choose(tab, "segment", segment);
  await choose(tab, "preset", presets[(number / 6 | 0) % presets.length]);
  found.figures.push(...await tab.evaluate((number) => {
    const cells = [...document.querySelectorAll("[data-live] td.n, [data-card]")].filter((_, place) => place % 23 === number % 23);
    return cells.map((one) => {
      one.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
      const told = document.getElementById("source"), card = one.querySelector(".value");
      const sql = (told.hidden ? "" : told.querySelector("code").textContent) || null;
      return { sql, value: (card || one).dataset.v ?? null, text: (card || one.querySelector(".v")).textContent, shown: document.getElementById("chosen").textContent };
    });
  }, number));
}
const other = await texts(tab);
await choose(tab, "segment", "0");
await choose(tab, "preset", preset);
const back = await texts(tab);
found.redrawn = { count: first.length, changed: other.join() !== first.join(), differences: first.map((one, place) => [one, back[place]]).filter(([one, two]) => one !== two).slice(0, 5) };

// Sorting, and the keyboard.
found.sorted = await tab.evaluate(() => {
  const table = document.querySelector('[data-t="channels"]'), head = table.querySelectorAll("thead th")[3];
  head.querySelector("button").click();
  const read = () => [...table.tBodies[0].rows].filter((row) => row.className !== "total").map((row) => Number(row.cells[3].dataset.v));
  const down = read();
  head.querySelector("button").click();
  return { down, up: read(), said: head.getAttribute("aria-sort") };
});
await tab.focus('.scroll:has([data-t="channels"])');
await tab.keyboard.press("ArrowDown");
found.keyboard = await tab.evaluate(() => ({ cell: document.activeElement.tagName, told: document.getElementById("source").textContent }));
await tab.keyboard.press("Escape");
found.closed = await tab.evaluate(() => document.getElementById("source").hidden);
await browser.close();
console.log(JSON.stringify(found));
