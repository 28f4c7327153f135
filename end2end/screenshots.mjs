// Every screen, in both languages, light and dark, narrow and wide, into target/screenshots/ with a gallery page.
// With names as arguments, only the screens whose name holds one of them.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBrowser } from './lib/browser.mjs';
import { startGesher } from './lib/gesher.mjs';
import { SCREENS } from './lib/screens.mjs';
import { ROOT } from './lib/sites.mjs';
import { LANGUAGES } from './lib/words.mjs';

const LOOKS = ['light', 'dark'];
const WIDTHS = [{ width: 360, height: 640 }, { width: 1280, height: 800 }];
const folder = join(ROOT, 'target/screenshots');
const wanted = process.argv.slice(2);
const screens = Object.entries(SCREENS).filter(([name]) => !wanted.length || wanted.some((part) => name.includes(part)));

/** The gallery: one row for each screen and language, one picture for each look and width. */
function gallery(taken) {
  const rows = screens.flatMap(([name]) =>
    LANGUAGES.map((language) => {
      const pictures = taken.filter((each) => each.name === name && each.language === language);
      const cells = pictures.map(({ file, look, width }) =>
        `<figure><a href="${file}"><img src="${file}" loading="lazy" width="${width > 400 ? 512 : 240}" alt="${name}, ${language}, ${look}, ${width}"></a><figcaption>${look}, ${width}</figcaption></figure>`);
      return `<section id="${name}-${language}"><h2>${name} <small>${language}</small></h2><div>${cells.join('')}</div></section>`;
    }));
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Gesher's screens</title>
<style>body{font:16px system-ui;margin:24px;background:#f3f4f6}div{display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start}figure{margin:0}
img{border:1px solid #cbd5e1;background:#fff}figcaption{font-size:14px;color:#475569}</style>
<h1>Gesher's screens</h1>${rows.join('\n')}</html>\n`;
}

const started = Date.now();
const gesher = await startGesher({ clock: true });
const taken = [];
const failed = [];
try {
  if (!wanted.length) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const language of LANGUAGES) {
    const browser = await openBrowser({ locale: language === 'he' ? 'he-IL' : 'en-US' });
    browser.expect(/status of 4\d\d/);
    for (const [name, go] of screens) {
      let page;
      try {
        const reached = await go(browser, gesher, language);
        page = reached.page;
        for (const { width, height } of WIDTHS) {
          await page.setViewportSize({ width, height });
          for (const look of LOOKS) {
            await page.emulateMedia({ colorScheme: look, reducedMotion: 'reduce' });
            await page.waitForTimeout(80);
            const file = `${name}-${language}-${look}-${width}.png`;
            await page.screenshot({ path: join(folder, file), fullPage: reached.whole ?? false });
            taken.push({ name, language, look, width, file });
          }
        }
      } catch (error) {
        failed.push(`${name} ${language}: ${error.message.split('\n')[0]}`);
      }
      await browser.context.unrouteAll({ behavior: 'ignoreErrors' });
      await browser.context.setOffline(false);
      for (const each of browser.context.pages().slice(1)) await each.close();
      await browser.context.clearCookies();
    }
    await browser.close();
  }
  await writeFile(join(folder, 'index.html'), gallery(taken));
} finally {
  await gesher.stop();
}
console.log(`${taken.length} pictures of ${screens.length} screens in ${Math.round((Date.now() - started) / 1000)} s: ${join(folder, 'index.html')}`);
for (const each of failed) console.error(`not reached: ${each}`);
if (failed.length) process.exitCode = 1;
