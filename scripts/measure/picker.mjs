// Measures how long a person waits from a key press until the list of institutions that it brings is painted, in a real browser, with
// the whole directory. Prints a table: key presses, p50 and p95, by language and by what is typed.
//
// The clock runs from the key event's time stamp, so that whatever the widget waits before it asks is part of it, to the frame after
// the list changed. A key press whose list a later one overtook waits for the list of that one.
//
// node scripts/measure/picker.mjs [binary]; without one target/debug/gesher, which is slower than a release build.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
process.env.GESHER_BIN = process.argv[2] ?? join(ROOT, 'target/debug/gesher');
const { openBrowser } = await import(join(ROOT, 'end2end/lib/browser.mjs'));
const { startGesher } = await import(join(ROOT, 'end2end/lib/gesher.mjs'));
const { widget } = await import(join(ROOT, 'end2end/lib/widget.mjs'));

const BAR = 100;
/** A person types about so fast, in milliseconds from key to key. */
const PACE = 150;

// Each letter is a key press.
const QUERIES = {
  prefix: ['leumi', 'discount', 'deutsche', 'barclays', 'santander', 'לאומי', 'הפועלים', 'דיסקונט', 'מזרחי', 'ישראכרט'],
  typo: ['leuimi', 'discuont', 'deutshe', 'barclasy', 'santnader', 'לאמוי', 'הפולעים', 'דיסוקנט', 'מזרח טפחת', 'ישראכרד'],
  'wrong layout': ['ktunh', 'vpugkho', 'shxeubo', 'nzrjh', 'ךקוצן', 'גןדבםומא', 'נשרבךשטד', 'דשמאשמגקר'],
};

const percentile = (numbers, share) => numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.ceil(numbers.length * share) - 1)];

/** In the page: how long each key press waits for a list. */
const watch = () => {
  window.waits = [];
  const pressed = [];
  let key = null;
  document.addEventListener('keydown', ({ timeStamp }) => { key = timeStamp; }, true);
  // A letter that the driver's keyboard does not have comes without a key.
  document.addEventListener('beforeinput', ({ timeStamp }) => {
    pressed.push(key ?? timeStamp);
    key = null;
  }, true);
  new MutationObserver(() => {
    const answered = pressed.splice(0);
    // The frame that paints it is the next one; what follows it is the first moment at which it is there.
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.waits.push(...answered.map((since) => performance.now() - since));
      port2.postMessage(0);
    });
  }).observe(document.querySelector('#found'), { childList: true, subtree: true });
};

const gesher = await startGesher();
const browser = await openBrowser();
const figures = [];
try {
  for (const language of ['he', 'en']) {
    const { hosted_url } = await gesher.connect({ language });
    const page = await browser.newPage();
    await page.goto(hosted_url);
    const person = widget(page, language);
    await person.searchBox().waitFor();
    await page.evaluate(watch);
    for (const [kind, queries] of Object.entries(QUERIES)) {
      for (const query of queries) {
        await person.searchBox().fill('');
        await page.waitForTimeout(PACE);
        await page.evaluate(() => { window.counted = window.waits.length; });
        await person.searchBox().pressSequentially(query, { delay: PACE });
        await page.waitForTimeout(2 * PACE);
        const waits = await page.evaluate(() => window.waits.slice(window.counted));
        figures.push(...waits.map((wait) => ({ language, kind, wait })));
      }
    }
    await page.close();
  }
} finally {
  await browser.close();
  await gesher.stop();
}

const row = (what, those) => {
  const waits = those.map(({ wait }) => wait);
  return `| ${what} | ${waits.length} | ${Math.round(percentile(waits, 0.5))} ms | ${Math.round(percentile(waits, 0.95))} ms |`;
};
const of = (language, kind) => figures.filter((each) => each.language === language && each.kind === kind);
const all = figures.map(({ wait }) => wait);
const met = percentile(all, 0.95) <= BAR;
const lines = ['| key press to painted list | key presses | p50 | p95 |', '|---|---:|---:|---:|'];
for (const language of ['he', 'en']) for (const kind of Object.keys(QUERIES)) lines.push(row(`widget in ${language}, ${kind}`, of(language, kind)));
lines.push(row(`all (bar: p95 ≤ ${BAR} ms${met ? '' : ', MISSED'})`, figures));
console.log(lines.join('\n'));
if (figures.length < 200) throw new Error(`only ${figures.length} key presses brought a list`);
