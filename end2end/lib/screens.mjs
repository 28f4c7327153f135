// How to reach each screen. Every entry gives the page that shows it; `whole` asks for more than the window.
import { END_SCREENS } from './screens-ends.mjs';
import { ENTRANCE_SCREENS } from './screens-entrances.mjs';
import { FORM_SCREENS } from './screens-forms.mjs';
import { LEG_SCREENS } from './screens-leg.mjs';
import { SDK_SCREENS } from './screens-sdk.mjs';
import { frameOf, openConnection } from './shop.mjs';
import { CODE, institution, PSU, widget } from './widget.mjs';

/** The hosted page of a new session, which looks like the frame but for its surroundings. */
async function hosted(browser, gesher, language, asked = {}) {
  const connection = await gesher.connect({ language, ...asked });
  const page = await browser.newPage();
  await page.goto(connection.hosted_url);
  const person = widget(page, language);
  await person.reached('picker_title');
  return { page, person, connection };
}

/** At the institution's form. */
async function atForm(browser, gesher, language, id = 'sandbox-bank', asked) {
  const there = await hosted(browser, gesher, language, asked);
  await there.person.choose(institution(id));
  return there;
}

/** At the one-time code. */
async function atCode(browser, gesher, language, psu = PSU) {
  const there = await atForm(browser, gesher, language);
  await there.person.logIn({ psu });
  await there.person.reached('challenge_title');
  return there;
}

const shop = async (browser, gesher, language) => {
  const page = await browser.newPage();
  await page.goto(`${gesher.GESHER_SHOP_URL}/?lang=${language}`);
  return page;
};

const last = (token) => token.slice(0, -4) + (token.endsWith('0000') ? '1111' : '0000');

export const SCREENS = {
  ...LEG_SCREENS,
  ...ENTRANCE_SCREENS,
  ...FORM_SCREENS,
  ...END_SCREENS,
  ...SDK_SCREENS,
  picker: hosted,
  'picker-switch': async (browser, gesher, language) => {
    const connection = await gesher.connect();
    const page = await browser.newPage();
    await page.goto(connection.hosted_url);
    await widget(page, language).reached('picker_title');
    return { page };
  },
  'picker-search': async (browser, gesher, language) => {
    const there = await hosted(browser, gesher, language);
    await there.person.search(language === 'he' ? 'לאומי' : 'leumi');
    await there.person.tile(institution('il-leumi')[language]).first().waitFor();
    return there;
  },
  'picker-nothing': async (browser, gesher, language) => {
    const there = await hosted(browser, gesher, language);
    await there.person.search('zzzzzz');
    await there.page.getByRole('heading', { name: there.person.say('empty_title', { query: 'zzzzzz' }) }).waitFor();
    return there;
  },
  'picker-not-here': async (browser, gesher, language) => {
    const there = await hosted(browser, gesher, language, { countries: ['IL'] });
    await there.person.search('deutsche bank');
    await there.page.getByRole('heading', { level: 2, name: there.person.say('not_here_title') }).waitFor();
    return there;
  },
  'picker-abroad': async (browser, gesher, language) => {
    const there = await hosted(browser, gesher, language);
    await there.person.search('unicredit');
    await there.page.locator('.tile').filter({ hasText: /unicredit/i }).first().waitFor();
    return there;
  },
  form: atForm,
  'form-business': (browser, gesher, language) => atForm(browser, gesher, language, 'sandbox-business'),
  'form-card': (browser, gesher, language) => atForm(browser, gesher, language, 'il-isracard'),
  'form-locked': (browser, gesher, language) => atForm(browser, gesher, language, 'sandbox-bank', { psu_id: PSU }),
  'form-problems': async (browser, gesher, language) => {
    const there = await atForm(browser, gesher, language);
    await there.person.press(there.person.say('go_on'));
    await there.person.alert().filter({ hasText: /\S/ }).first().waitFor();
    return there;
  },
  code: atCode,
  success: async (browser, gesher, language) => {
    const there = await atCode(browser, gesher, language);
    await there.person.confirm(CODE);
    await there.person.reached('success_title');
    return there;
  },
  progress: async (browser, gesher, language) => {
    const there = await atForm(browser, gesher, language);
    // The institution takes its time: the answer never comes.
    await there.page.route('**/w/fn/submit', () => {});
    await there.person.logIn();
    // The words come after a moment.
    await there.page.waitForTimeout(1500);
    return there;
  },
  used: async (browser, gesher, language) => {
    const there = await atCode(browser, gesher, language);
    await there.person.confirm(CODE);
    await there.person.reached('success_title');
    const page = await browser.newPage();
    await page.goto(there.connection.hosted_url);
    return { page };
  },
  'taken-over': async (browser, gesher, language) => {
    const connection = await gesher.connect({ language });
    const first = await openConnection(browser, gesher, connection, language);
    await first.widget.choose();
    const second = await openConnection(browser, gesher, connection, language);
    await second.widget.reached('form_title');
    await first.page.bringToFront();
    await first.widget.reached('taken_title');
    return first;
  },
  unknown: async (browser, gesher) => {
    const page = await browser.newPage();
    await page.goto(last((await gesher.connect()).hosted_url));
    return { page };
  },
  'frame-alone': async (browser, gesher) => {
    const page = await browser.newPage();
    await page.goto((await gesher.connect()).widget_url);
    return { page };
  },
  shop: async (browser, gesher, language) => ({ page: await shop(browser, gesher, language), whole: true }),
  'shop-modal': async (browser, gesher, language) => {
    const page = await shop(browser, gesher, language);
    await page.locator('#connect').click();
    await widget(await frameOf(page, gesher), language).reached('picker_title');
    return { page };
  },
  'shop-inline': async (browser, gesher, language) => {
    const page = await shop(browser, gesher, language);
    await page.locator('[name=way][value=inline]').check();
    await page.locator('#connect').click();
    await widget(await frameOf(page, gesher), language).reached('picker_title');
    // Only what is in the window is painted of a frame.
    await page.locator('iframe').scrollIntoViewIfNeeded();
    return { page };
  },
  'shop-accounts': async (browser, gesher, language) => {
    const page = await shop(browser, gesher, language);
    await page.locator('#connect').click();
    const person = widget(await frameOf(page, gesher), language);
    await person.choose();
    await person.logIn();
    await person.confirm();
    await person.reached('success_title');
    await person.press(person.say('done'));
    await page.locator('#accounts table').first().waitFor({ timeout: 20_000 });
    return { page, whole: true };
  },
  'shop-users': async (browser, gesher, language) => {
    const page = await browser.newPage();
    await page.goto(`${gesher.GESHER_SHOP_URL}/sandbox?lang=${language}`);
    return { page, whole: true };
  },
};
