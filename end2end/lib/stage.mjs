// What most test files start with: a server and a browser for the whole file, and a look after each test that nothing complained.
import { after, afterEach, before } from 'node:test';
import { openBrowser } from './browser.mjs';
import { startGesher } from './gesher.mjs';

export function stage({ browser, gesher, other = false } = {}) {
  const on = {};
  before(async () => {
    on.gesher = await startGesher(gesher);
    on.browser = await openBrowser(browser);
    // Another person's browser, with a profile of its own.
    if (other) on.other = await openBrowser(browser);
  });
  afterEach(() => {
    on.browser?.assertQuiet();
    on.other?.assertQuiet();
  });
  after(async () => {
    await on.browser?.close();
    await on.other?.close();
    await on.gesher?.stop();
  });
  return on;
}

/** The same for one test. */
export async function stageFor(t, { browser, gesher } = {}) {
  const on = { gesher: await startGesher(gesher) };
  t.after(() => on.gesher.stop());
  on.browser = await openBrowser(browser);
  t.after(() => on.browser.close());
  return on;
}
