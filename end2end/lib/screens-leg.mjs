// How to reach each screen and page of a leg at the bank.
import { BANKS, inApp } from './bank.mjs';
import { until } from './browser.mjs';
import { captureReturns, launch, launchHere, openHosted, toLeaving, unreachable } from './leg.mjs';
import { openProxy } from './proxy.mjs';
import { openConnection } from './shop.mjs';
import { CODE, PSU, widget } from './widget.mjs';

const BANK = BANKS.redirect;
const LOGIN = /\/psd2\/[^/]+\/(authorise|authorize)\b/;

/** The hosted page, at the screen that leads to the bank. */
async function leaving(browser, gesher, language, asked = {}) {
  const there = await openHosted(browser, await gesher.connect({ language, ...asked }), language);
  await toLeaving(there.person, BANK, language);
  return there;
}

/** A host's page around the frame, at the screen that leads to the bank. */
async function leavingFrame(browser, gesher, language, { host, ...asked } = {}) {
  const opened = await openConnection(browser, gesher, await gesher.connect({ language, ...asked }), language, {}, host);
  await toLeaving(opened.widget, BANK, language);
  return opened;
}

/** The bank's login page. */
async function atLogin(browser, gesher, language) {
  const { page, person } = await leaving(browser, gesher, language);
  const bank = await launchHere(page, person);
  await bank.arrived();
  await bank.speak(language);
  return { page, person, bank };
}

/** The window in which the bank's return to a frame ends. */
async function returned(browser, gesher, language) {
  const opened = await leavingFrame(browser, gesher, language);
  const bank = await launch(opened.page, opened.widget);
  const returns = await captureReturns(browser.context);
  await bank.goThrough();
  const back = await returns.next();
  await returns.deliver();
  return { opened, bank, back };
}

async function waiting(browser, gesher, language) {
  const there = await openHosted(browser, await gesher.connect({ language }), language);
  await there.person.choose(BANKS.app, BANKS.app[language]);
  await there.person.field('psu_id').fill(PSU);
  await there.person.press(there.person.say('go_on'));
  await there.person.reached('waiting_title');
  return there;
}

export const LEG_SCREENS = {
  'picker-launches': async (browser, gesher, language) => {
    const connection = await gesher.connect({ language, auto_redirect: true });
    const opened = await openConnection(browser, gesher, connection, language);
    await opened.widget.search(BANK[language]);
    await until(async () => (await opened.frame.getByRole('option').count()) === 1, 'the one result');
    return opened;
  },
  leaving,
  'leaving-frame': (browser, gesher, language) => leavingFrame(browser, gesher, language, { redirect_url: `${gesher.shop}/shop/return` }),
  'leaving-blocked': async (browser, gesher, language) => {
    const opened = await leavingFrame(browser, gesher, language, {
      redirect_url: `${gesher.shop}/shop/return`, host: { sandbox: 'allow-scripts allow-same-origin allow-forms' },
    });
    browser.expect(/Blocked opening/);
    await opened.widget.press(opened.widget.say('go_to_bank'));
    await opened.frame.getByText(opened.widget.say('blocked')).waitFor();
    return opened;
  },
  departure: async (browser, gesher, language) => {
    const { page, person } = await leaving(browser, gesher, language);
    await unreachable(browser.context, LOGIN);
    await person.press(person.say('go_to_bank'));
    await person.reached('departure_title');
    return { page };
  },
  'at-bank': async (browser, gesher, language) => {
    const opened = await leavingFrame(browser, gesher, language, { redirect_url: `${gesher.shop}/shop/return` });
    const bank = await launch(opened.page, opened.widget);
    await bank.arrived();
    await opened.widget.reached('at_bank_title');
    await opened.page.bringToFront();
    return opened;
  },
  'bank-login': atLogin,
  'bank-consent': async (browser, gesher, language) => {
    const there = await atLogin(browser, gesher, language);
    await there.bank.logIn();
    await there.page.locator('main button[value=approve]').waitFor();
    return { ...there, whole: true };
  },
  'bank-code': async (browser, gesher, language) => {
    const there = await atLogin(browser, gesher, language);
    await there.bank.logIn();
    await there.bank.approve();
    await there.page.locator('[name=code]').waitFor();
    return there;
  },
  'bank-back': async (browser, gesher, language) => {
    const there = await atLogin(browser, gesher, language);
    await captureReturns(browser.context);
    await there.bank.logIn();
    await there.bank.approve();
    await there.bank.code(CODE);
    await there.page.locator('#back').waitFor();
    return there;
  },
  'bank-app': async (browser, gesher, language) => {
    await waiting(browser, gesher, language);
    const page = await browser.newPage();
    await page.goto(`${gesher.GESHER_SHOP_URL}/psd2/${BANKS.app.bank}/app?psu=${PSU}&lang=${language}`);
    return { page, whole: true };
  },
  waiting,
  'back-from-bank': async (browser, gesher, language) => {
    const { bank, back } = await returned(browser, gesher, language);
    await bank.page.goto(back);
    await widget(bank.page, language).reached('back_from_bank_title');
    return bank;
  },
  'back-twice': async (browser, gesher, language) => {
    const { bank, back } = await returned(browser, gesher, language);
    await bank.page.goto(back);
    await bank.page.goto(back);
    await widget(bank.page, language).reached('return_used_title');
    return bank;
  },
  'back-elsewhere': async (browser, gesher, language) => {
    const { bank, back } = await returned(browser, gesher, language);
    await browser.context.clearCookies();
    await bank.page.goto(back);
    await widget(bank.page, language).reached('return_elsewhere_title');
    return bank;
  },
  'failed-elsewhere': async (browser, gesher, language) => {
    const { opened, bank, back } = await returned(browser, gesher, language);
    await browser.context.clearCookies();
    await bank.page.goto(back);
    await opened.page.bringToFront();
    await opened.widget.reached('other_browser');
    return opened;
  },
  'back-newer': async (browser, gesher, language) => {
    const { opened, bank, back } = await returned(browser, gesher, language);
    const newer = await launch(opened.page, opened.widget, 'go_again');
    await newer.arrived();
    await bank.page.bringToFront();
    await bank.page.goto(back);
    await widget(bank.page, language).reached('return_void_title');
    return bank;
  },
  'launch-foreign': async (browser, gesher) => {
    const page = await browser.newPage();
    await page.goto(`${gesher.url}/go`);
    return { page };
  },
  digits: async (browser, gesher, language) => {
    // As a browser that does not say where its requests come from; the address is another one, and nobody reads it.
    const proxy = await openProxy(/^sec-fetch-/);
    proxy.lead(gesher.ports[0]);
    const connection = await gesher.connect({ language });
    const silent = { ...connection, hosted_url: connection.hosted_url.replace(gesher.url, `http://widget.localhost:${proxy.port}`) };
    const { page, person } = await openHosted(browser, silent, language);
    await toLeaving(person, BANK, language);
    const digits = await page.locator('.to-type strong').textContent();
    await person.press(person.say('go_to_bank'));
    await person.reached('digits_title');
    await page.locator('[name=digits]').fill(digits === '00' ? '11' : '00');
    await page.locator('[name=digits]').press('Enter');
    await person.alert().filter({ hasText: person.say('digits_wrong') }).waitFor();
    browser.context.once('close', () => proxy.close());
    return { page };
  },
  'success-returning': async (browser, gesher, language) => {
    const { page, person } = await waiting(browser, gesher, language);
    await inApp(browser, gesher, 'approve');
    await page.bringToFront();
    // It goes home by itself, and this is for looking at.
    await page.route(`${gesher.shop}/**`, (route) => route.fulfill({ status: 204 }));
    await person.reached('success_title');
    return { page };
  },
};
