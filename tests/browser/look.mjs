// Opens the report page in a browser and says, as JSON, what a person would meet: errors, requests, barriers (axe), and whether
// the page's own script gives the figures that the build gave. Arguments: browser, page, folder for pictures (optional).
import { findBarriers, launch, nothing, open, unfold } from "./barriers.mjs";

const [executablePath, page, pictures] = process.argv.slice(2);
const browser = await launch(executablePath);
const found = { ...nothing(), redrawn: {}, figures: [] };

const choose = (tab, id, value) => tab.select(`#${id}`, String(value));
const texts = (tab) => tab.evaluate(() =>
  [...document.querySelectorAll("td.n, [data-card], tbody th, .note, .plot text, .plot path, .empty, .left, #chosen")].map((one) =>
    [one.textContent.replace(/\s+/g, " ").trim(), one.getAttribute("d"), one.hidden].join("|")));

await findBarriers(browser, found, page, pictures);

const tab = await open(browser, found, page, 1200, "light");
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
