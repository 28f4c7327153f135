// How to reach the screens of the ends: those that are tested one by one, and a few that are reached in other ways.
import { enter, visit } from './door.mjs';
import { ENDS } from './ends.mjs';
import { JOURNEYS, goTo } from './stages.mjs';

/** A success that is there to be looked at: the hosted page would go home by itself. */
async function succeeded(browser, gesher, language) {
  const there = await enter(browser, gesher, language, { door: 'frame' });
  await goTo(there, JOURNEYS.form);
  return { ...there, success: await there.told('success') };
}

/** Where an end is said. */
async function shown({ person }, end) {
  if (end.beside) await person.alert().filter({ hasText: person.say(end.words ?? end.code) }).first().waitFor({ timeout: 20_000 });
  else await person.reached(end.title ?? end.words ?? end.code);
}

/** At a form, cut off in this way: the screen stays, and says so. */
async function cutOff(browser, gesher, language, key, cut) {
  const there = await enter(browser, gesher, language);
  await there.person.choose();
  await cut(there);
  await there.page.getByText(there.person.say(key)).first().waitFor();
  return there;
}

/** The server answers every act so, or not at all. */
const answered = (how) => async ({ page, person }) => {
  await page.route(/\/w\/fn\//, how);
  await person.logIn();
};

/** A refusal as the server writes it. */
const refusal = (status, code) => (route) => route.fulfill({ status, contentType: 'application/octet-stream', body: Buffer.from([code]) });

const pictured = Object.values(ENDS).filter(({ picture }) => picture);

export const END_SCREENS = {
  ...Object.fromEntries(pictured.map((end) => [end.picture, async (browser, gesher, language) => {
    const there = await enter(browser, gesher, language);
    await end.reach(there);
    await shown(there, end);
    return there;
  }])),
  'code-resent': async (browser, gesher, language) => {
    const there = await enter(browser, gesher, language);
    await goTo(there, JOURNEYS.form, 2);
    await gesher.later({ seconds: 31 });
    await there.page.reload();
    await there.page.locator('form.again button:enabled').click();
    await there.page.getByText(there.person.say('resent')).waitFor();
    return there;
  },
  'failed-customer': async (browser, gesher, language) => {
    const there = await succeeded(browser, gesher, language);
    await gesher.exchange(there.success.public_token, { external_id: 'somebody-else' });
    await there.frame.evaluate(() => { document.dispatchEvent(new Event('visibilitychange')); });
    await there.person.reached('customer_mismatch');
    return there;
  },
  offline: (browser, gesher, language) => cutOff(browser, gesher, language, 'offline', () => browser.context.setOffline(true)),
  unreachable: (browser, gesher, language) => cutOff(browser, gesher, language, 'gesher_unreachable', answered((route) => route.abort('connectionrefused'))),
  'too-many-requests': (browser, gesher, language) =>
    cutOff(browser, gesher, language, 'too_many_requests', answered(refusal(429, 2))),
  broken: (browser, gesher, language) => cutOff(browser, gesher, language, 'trouble_broken', answered(refusal(500, 3))),
  'under-way': async (browser, gesher, language) => {
    const there = await enter(browser, gesher, language, { door: 'frame' });
    await goTo(there, JOURNEYS.form, 3);
    const again = await visit(there);
    await again.person.reached('under_way_title');
    return again;
  },
  'over-failed': async (browser, gesher, language) => {
    const there = await enter(browser, gesher, language, { door: 'frame' });
    await goTo(there, JOURNEYS.refused);
    const again = await visit(there);
    await again.person.reached('failed_title');
    return again;
  },
  'over-completed': async (browser, gesher, language) => {
    const there = await succeeded(browser, gesher, language);
    await gesher.exchange(there.success.public_token, there.connection.customer);
    const again = await visit(there);
    await again.person.reached('completed_title');
    return again;
  },
};

/** Which entry of the gallery shows a failure or an end: by the table of ends, and those that are not in it. */
export const SHOWN = Object.fromEntries([
  ...pictured.filter(({ words }) => !words).map(({ picture, code, exit }) => [code ?? exit, picture]),
  ['other_browser', 'failed-elsewhere'],
  ['customer_mismatch', 'failed-customer'],
  ['offline', 'offline'],
  ['gesher_unreachable', 'unreachable'],
  ['internal', 'broken'],
  ['too_many_requests', 'too-many-requests'],
  ['frame_refused', 'sdk-refused'],
  ['load_failed', 'sdk-silent'],
  ['failed', 'over-failed'],
  ['completed', 'over-completed'],
]);
