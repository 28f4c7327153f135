// How to reach the screens of the institutions that ask in other ways than a login and a code.
import { institution, PSU, widget } from './widget.mjs';

/** The hosted page of a new session, at this institution's form. */
export async function atForm(browser, gesher, language, id, { asked = {}, scripts = true } = {}) {
  const connection = await gesher.connect({ language, ...asked });
  const page = await browser.newPage();
  await page.goto(connection.hosted_url);
  const person = widget(page, language, { scripts });
  await person.reached('picker_title');
  await person.choose(institution(id));
  return { page, person, connection };
}

/** Past the login of this institution: at what it asks then. */
export async function atChallenge(browser, gesher, language, id, { psu = PSU, ...more } = {}) {
  const there = await atForm(browser, gesher, language, id, more);
  await there.person.logIn({ psu });
  await there.person.reached('challenge_title');
  return there;
}

export const FORM_SCREENS = {
  'form-fields': (browser, gesher, language) => atForm(browser, gesher, language, 'sandbox-forms').then((there) => ({ ...there, whole: true })),
  'form-fields-wrong': async (browser, gesher, language) => {
    const there = await atForm(browser, gesher, language, 'sandbox-forms');
    await there.person.field('account.branch').fill('6a');
    await there.person.press(there.person.say('go_on'));
    await there.person.alert().filter({ hasText: /\S/ }).first().waitFor();
    return { ...there, whole: true };
  },
  'form-company': (browser, gesher, language) =>
    atForm(browser, gesher, language, 'sandbox-business', { asked: { psu_id: PSU, psu_corporate_id: '510000003' } }),
  methods: (browser, gesher, language) => atChallenge(browser, gesher, language, 'sandbox-methods'),
  question: (browser, gesher, language) => atChallenge(browser, gesher, language, 'sandbox-question'),
  picture: (browser, gesher, language) => atChallenge(browser, gesher, language, 'sandbox-picture'),
  accounts: async (browser, gesher, language) => {
    const there = await atChallenge(browser, gesher, language, 'sandbox-accounts');
    await there.person.confirm();
    await there.person.reached('accounts_pick_title');
    return there;
  },
  'success-cosigners': async (browser, gesher, language) => {
    const there = await atChallenge(browser, gesher, language, 'sandbox-bank', { psu: '064837123' });
    await there.person.confirm();
    await there.person.reached('cosigners_title');
    return there;
  },
};
