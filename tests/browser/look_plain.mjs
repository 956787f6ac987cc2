// Opens pages without a script of their own and says, as JSON, what a person would meet. Arguments: browser, folder for pictures
// (or ""), pages.
import { findBarriers, launch, nothing, open } from "./barriers.mjs";

const [executablePath, pictures, ...pages] = process.argv.slice(2);
const browser = await launch(executablePath);
const answers = [];
for (const page of pages) {
  const found = nothing();
  await findBarriers(browser, found, page, pictures);
  const tab = await open(browser, found, page, 1200, "light");
  // What the keyboard comes to, in its order, and what a printer gets of what is folded.
  found.stops = [];
  for (let count = 0; count < 60; count += 1) {
    await tab.keyboard.press("Tab");
    const stop = await tab.evaluate(() => document.activeElement.getAttribute("aria-label") || document.activeElement.textContent);
    if (found.stops.includes(stop)) break;
    found.stops.push(stop);
  }
  const visible = () => tab.evaluate(() => [...document.querySelectorAll("details .scroll")].map((one) => one.checkVisibility()));
  const shown = await visible();
  await tab.emulateMediaType("print");
  found.folded = { shown, printed: await visible() };
  await tab.close();
  answers.push(found);
}
await browser.close();
console.log(JSON.stringify(answers));
