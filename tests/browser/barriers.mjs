// What every page is asked in a browser: errors, requests, barriers (axe), and whether it is wider than the screen.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");

export const launch = (executablePath) => puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
export const nothing = () => ({ errors: [], requests: [], barriers: [], too_wide: [] });
export const unfold = (tab) => tab.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));

export const open = async (browser, found, page, width, scheme) => {
  const tab = await browser.newPage();
  tab.on("console", (message) => found.errors.push(message.text()));
  tab.on("pageerror", (error) => found.errors.push(String(error)));
  tab.on("request", (request) => found.requests.push(request.url()));
  await tab.setViewport({ width, height: 900, hasTouch: width < 500 });
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await tab.goto(pathToFileURL(page).href);
  return tab;
};

export const findBarriers = async (browser, found, page, pictures) => {
  for (const [width, scheme] of [[1440, "light"], [390, "dark"]]) {
    const tab = await open(browser, found, page, width, scheme);
    if (pictures) await tab.screenshot({ path: `${pictures}/${basename(page, ".html")}-${width}-${scheme}.png` });
    found.too_wide.push(await tab.evaluate(() => document.documentElement.scrollWidth > window.innerWidth));
    await unfold(tab);
    await tab.evaluate(axe);
    const { violations } = await tab.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    found.barriers.push(...violations.map((one) => ({ id: one.id, impact: one.impact, html: one.nodes[0].html.slice(0, 200), width, scheme })));
    await tab.close();
  }
};
