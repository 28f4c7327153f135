// The same ends on the hosted page, where no script runs: those that differ for who has none. And the same invitation in another
// browser without scripts.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { enter, visit } from '../lib/door.mjs';
import { ENDS } from '../lib/ends.mjs';
import { stage } from '../lib/stage.mjs';
import { JOURNEYS, goTo } from '../lib/stages.mjs';
import { BANK } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';
import { testEnds } from './ends.mjs';

const on = stage({ gesher: { clock: true }, browser: { javaScriptEnabled: false }, other: true });
const scripts = false;
const { 'session-used-up': slow, 'code-locked': locked, 'cancelled-later': later, ...ends } = ENDS;

testEnds(on, ends, { door: 'page', scripts });

// After success a page goes home by itself, and the host has nothing there: not in the next test.
afterEach(async () => {
  for (const each of [on.browser, on.other].flatMap(({ context }) => context.pages().slice(1))) await each.close();
});

for (const language of LANGUAGES) {
  const begin = () => {
    for (const browser of [on.browser, on.other]) browser.expect(/status of 403/);
    return enter(on.browser, on.gesher, language, { scripts });
  };
  const again = (there) => visit({ ...there, browser: on.other });

  test(`another browser takes it over, and this one learns it by its next act: ${language}`, async () => {
    const first = await begin();
    await first.person.choose();
    const second = await again(first);
    await second.person.reached('picker_title');
    // Any act makes it the one, and shows where the visit stands.
    await second.person.search(BANK[language]);
    await second.person.reached('form_title');
    await first.person.logIn();
    await first.person.reached('taken_title');
    assert.match(await first.page.locator('.support bdi').textContent(), /^\w{4}-\w{4}$/);
    await second.person.logIn();
    await second.person.confirm();
    await second.person.reached('success_title');
  });

  test(`it is under way in another browser, and can be begun anew here: ${language}`, async () => {
    const first = await begin();
    await goTo(first, JOURNEYS.form, 3);
    const second = await again(first);
    await second.person.reached('under_way_title');
    await second.person.press(second.person.say('start_over'));
    await second.person.reached('picker_title');
    await first.person.press(first.person.say('go_on'));
    await first.person.reached('taken_title');
  });

  test(`it is used: ${language}`, async () => {
    const first = await begin();
    await goTo(first, JOURNEYS.form);
    const back = new URL(await first.page.getByRole('link', { name: first.person.say('return_to') }).getAttribute('href'));
    assert.equal((await on.gesher.exchange(back.searchParams.get('public_token'), first.connection.customer)).status, 200);
    const second = await again(first);
    await second.person.reached('completed_title');
    assert.equal(await second.page.getByRole('button').count(), 0);
    // The way home with the token is for one document alone.
    const home = await second.page.getByRole('link', { name: second.person.say('return_to') }).getAttribute('href');
    assert.equal(home, `${back.origin}${back.pathname}`);
  });
}
