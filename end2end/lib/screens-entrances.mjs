// How to reach a start page, a hosted link, and the pages that say why nobody gets in.
import { hostedLink, startPage } from './entrance.mjs';
import { widget } from './widget.mjs';

const there = async (browser, address, language, key) => {
  const page = await browser.newPage();
  await page.goto(`${address}?lang=${language}`);
  const person = widget(page, language);
  await page.getByRole('heading', { name: person.say(key) }).waitFor();
  return { page, person };
};

/** A start page that is shut in this way, and what it says. */
const shut = (asked, key, also = async () => {}) => async (browser, gesher, language) => {
  const made = await startPage(gesher, asked);
  await also(browser, gesher, made);
  return there(browser, made.url, language, key);
};

export const ENTRANCE_SCREENS = {
  'start-page': async (browser, gesher, language) =>
    there(browser, (await startPage(gesher)).url, language, 'start_title'),
  'start-page-filtered': async (browser, gesher, language) => {
    const connection = { institution_ids: ['sandbox-bank', 'sandbox-card'], include_sandbox: true, recurring: false };
    return there(browser, (await startPage(gesher, { connection })).url, language, 'start_title');
  },
  'start-off': shut({ state: 'disabled' }, 'start_off_title'),
  'start-full': shut({ daily_limit: 1 }, 'start_full_title', async (browser, gesher, made) => {
    const page = await browser.newPage();
    await page.goto(made.url);
    await page.locator('button.primary').click();
    await page.waitForURL(/\/c\//);
  }),
  'hosted-link': async (browser, gesher, language) => there(browser, (await hostedLink(gesher)).url, language, 'start_title'),
  'link-revoked': async (browser, gesher, language) => {
    const made = await hostedLink(gesher);
    await gesher.api('DELETE', `/hosted_links/${made.id}`);
    return there(browser, made.url, language, 'link_revoked_title');
  },
};
