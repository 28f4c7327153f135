// What the SDK's tests share: the shop's page with the SDK loaded, and the stand-in for the widget in its frame.
import { until } from './browser.mjs';

export async function openShop(browser, sites, { viewport, lang } = {}) {
  const page = await browser.newPage();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  if (viewport) await page.setViewportSize(viewport);
  await page.goto(`${sites.shop}/shop.html`);
  if (lang) await page.evaluate((value) => { document.documentElement.lang = value; }, lang);
  await page.evaluate(() => window.loadSdk());
  return page;
}

/** The stand-in's frame for this token, once its script runs. */
export async function widgetFrame(page, token = 'ct_one') {
  return until(async () => {
    const frame = page.frames().find((each) => each.url().endsWith(`/w/${token}`));
    return frame && (await frame.evaluate(() => typeof window.say === 'function').catch(() => false)) && frame;
  }, `a frame for ${token}`);
}

export const openWidget = (page, options) => page.evaluate((given) => { window.openWidget(given); }, options);
export const say = (frame, type, payload = {}, over = {}) => frame.evaluate((given) => window.say(...given), [type, payload, over]);
export const calls = (page) => page.evaluate(() => window.calls);
export const ready = (frame) => say(frame, 'ready', { language: 'en' });

/** The types of the messages that the page heard. */
export const heard = async (page) => (await calls(page)).filter(([name]) => name === 'event').map(([, message]) => message.type);

/** Lets every message that is under way arrive: the stand-in's next one comes after them. */
export async function settled(page, frame) {
  await say(frame, 'step', { name: 'marker' });
  await until(async () => (await calls(page)).some(([, message]) => message.payload?.name === 'marker'), 'the marker');
}

/** What a modal changes in the page around it. */
export const surroundings = (page) =>
  page.evaluate(() => ({
    style: document.documentElement.getAttribute('style') ?? '',
    children: document.body.children.length,
    focus: document.activeElement.id || document.activeElement.tagName,
    y: Math.round(scrollY),
  }));
