// The stages of a visit, journey by journey: how to come from one to the next, and the heading under which it stands. A stage
// that is `under` way belongs to its document until the attempt is over or is given up.
import { BANKS, bankPages, inApp } from './bank.mjs';
import { somebody } from './door.mjs';
import { ENDS, inTheApp } from './ends.mjs';
import { institution } from './widget.mjs';

const picker = { name: 'picker', title: 'picker_title', go: async () => {} };

export const JOURNEYS = {
  form: [
    picker,
    {
      name: 'form', title: 'form_title',
      go: async ({ person }) => {
        await person.choose(institution('sandbox-accounts'));
        await person.field('username').fill('half a na');
        await person.field('password').fill('half a pa');
      },
    },
    { name: 'code', title: 'challenge_title', go: ({ person }) => person.logIn({ psu: somebody() }) },
    { name: 'accounts', title: 'accounts_pick_title', under: true, go: ({ person }) => person.confirm() },
    { name: 'success', title: 'success_title', under: true, go: ({ person }) => person.press(person.say('go_on')) },
  ],
  bank: [
    {
      name: 'leaving', title: 'leaving_title',
      go: async ({ person, language }) => {
        await person.search(BANKS.redirect[language]);
        await person.tile(BANKS.redirect[language]).first().click();
      },
    },
    { name: 'at the bank', title: 'at_bank_title', under: true, go: (there) => launched(there) },
    { name: 'success', title: 'success_title', under: true, go: async ({ bank, page }) => { await bank.goThrough({ psu: somebody() }); await page.bringToFront(); } },
  ],
  app: [
    {
      name: 'in the app', title: 'waiting_title', under: true,
      go: async (there) => { there.psu = somebody(); await inTheApp(there, there.psu); },
    },
    { name: 'success', title: 'success_title', under: true, go: async ({ browser, gesher, page, psu }) => { await inApp(browser, gesher, 'approve', psu); await page.bringToFront(); } },
  ],
  failed: [
    { name: 'failed', title: 'too_many_tries', go: (there) => ENDS['tries-used-up'].reach(there) },
    { ...picker, go: ({ person }) => person.press(person.say('too_many_tries_way_on')) },
  ],
  refused: [{ name: 'refused', title: 'consent_rejected', over: 'failed_title', go: (there) => ENDS.refused.reach(there) }],
};

/** At the bank, while the widget waits: beside its window in a frame, and come back to without having finished on the hosted page. */
async function launched(there) {
  const { door, page, person, gesher } = there;
  const session = new URL(page.url()).pathname;
  if (door === 'frame') {
    const [opened] = await Promise.all([page.context().waitForEvent('page'), person.press(person.say('go_to_bank'))]);
    there.bank = bankPages(opened);
    await there.bank.arrived();
  } else {
    await person.press(person.say('go_to_bank'));
    await bankPages(page).arrived();
    await page.goto(gesher.url + session);
    there.bank = { goThrough: async (asked) => { await person.press(person.say('go_again')); await bankPages(page).goThrough(asked); } };
  }
  await page.bringToFront();
}

/** From one stage to the next, up to this one. */
export async function goTo(there, stages, last = stages.length - 1) {
  for (const stage of stages.slice(0, last + 1)) {
    await stage.go(there);
    await there.person.reached(stage.title);
  }
}
