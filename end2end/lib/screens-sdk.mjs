// What the SDK itself shows in a host's page: that the widget did not open. Eight seconds of silence are passed by the page's clock.
import { until } from './browser.mjs';

const SILENCE = 8100;
const TEXTS = {
  en: { close: 'Close', refused: /This site is not set up/, slow: /The window did not open/ },
  he: { close: 'סגירה', refused: /האתר עוד לא הוגדר/, slow: /החלון לא נפתח/ },
};

/** A page of this origin that opens the widget over itself; `prepare` comes before. */
async function openSilent(browser, gesher, language, { origin, says, prepare }) {
  const connection = await gesher.connect({ language });
  const page = await browser.newPage();
  const policy = `default-src 'none'; script-src ${gesher.url}; frame-src ${gesher.url}; connect-src ${gesher.url}`;
  const body = `<!doctype html><html lang="${language}"><meta name="viewport" content="width=device-width"><title>Host</title>
    <main><h1>${language === 'he' ? 'החנות' : 'The shop'}</h1></main><script src="${gesher.url}/gesher.js"></script>`;
  await page.route(`${origin}/a-host-page`, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', headers: { 'content-security-policy': policy }, body }));
  await prepare?.(page);
  await page.clock.install();
  await page.goto(`${origin}/a-host-page`);
  await page.evaluate((token) => {
    window.heard = [];
    Gesher.open({ token, onEvent: (message) => window.heard.push(message) });
  }, connection.connect_token);
  await page.clock.fastForward(SILENCE);
  await page.getByRole('alert').filter({ hasText: TEXTS[language][says] }).waitFor();
  const told = (type) => until(async () => (await page.evaluate(() => window.heard)).find((message) => message.type === type)?.payload, `the page hears ${type}`);
  return {
    page, connection, gesher, told,
    // Documents of ours to look at: the SDK's words stand in the host's page.
    documents: () => [page.mainFrame()],
    /** The one way on: the person closes it, and the page hears that too. */
    async closes() {
      await page.getByRole('button', { name: TEXTS[language].close }).click();
      await told('exit');
      await page.getByRole('alert').waitFor({ state: 'detached' });
    },
  };
}

export const refusedFrame = (browser, gesher, language) => openSilent(browser, gesher, language, { origin: 'http://other.localhost', says: 'refused' });

export const silentFrame = (browser, gesher, language) =>
  openSilent(browser, gesher, language, {
    origin: gesher.shop, says: 'slow',
    prepare: (page) => page.route(`${gesher.url}/w/*`, (route) => route.fulfill({ status: 200, contentType: 'text/html', body: '' })),
  });

export const SDK_SCREENS = { 'sdk-refused': refusedFrame, 'sdk-silent': silentFrame };
