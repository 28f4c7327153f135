// Windows that do not open, and frames that do not show: what the person reads, the way on, and what the host hears.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { BANKS, bankPages } from '../lib/bank.mjs';
import { read } from '../lib/door.mjs';
import { toLeaving } from '../lib/leg.mjs';
import { SDK_FAILURES } from '../lib/failures.mjs';
import { openConnection } from '../lib/shop.mjs';
import { refusedFrame, silentFrame } from '../lib/screens-sdk.mjs';
import { stage } from '../lib/stage.mjs';
import { widget } from '../lib/widget.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage();
const SHUT = 'allow-scripts allow-same-origin allow-forms allow-top-navigation-by-user-activation';

afterEach(async () => {
  for (const page of on.browser.context.pages().slice(1)) await page.close();
});

for (const language of LANGUAGES) {
  test(`windows are kept shut: the way again, and this page instead: ${language}`, async () => {
    on.browser.expect(/Blocked opening/);
    const connection = await on.gesher.connect({ language, redirect_url: `${on.gesher.shop}/shop/return` });
    const there = await openConnection(on.browser, on.gesher, connection, language, {}, { sandbox: SHUT });
    const { widget: person, frame, page, types } = there;
    await toLeaving(person, BANKS.redirect, language);
    await person.press(person.say('go_to_bank'));
    await frame.getByRole('alert').filter({ hasText: person.say('blocked') }).waitFor({ timeout: 6000 });
    const heard = await types();
    assert.equal(heard.includes('redirect_opened'), false, 'no window, no word of one');
    assert.equal(heard.includes('error'), false, 'nothing has failed');
    assert.equal((await read({ gesher: on.gesher, connection })).status, 'connecting');
    assert.equal(await frame.locator('.primary').filter({ visible: true }).count(), 1);
    await frame.getByRole('button', { name: person.say('go_to_bank') }).waitFor();
    // No window is needed for this.
    await person.press(person.say('go_here'));
    await bankPages(page).goThrough();
    await widget(page, language).reached('success_title');
  });

  test(`a page that may not show it: ${language}`, async () => {
    on.browser.expect(/frame-ancestors/);
    const there = await refusedFrame(on.browser, on.gesher, language);
    const { failure } = await there.told('error');
    assert.deepEqual(failure, SDK_FAILURES.frame_refused);
    await there.closes();
    assert.equal((await read(there)).status, 'pending');
  });

  test(`a widget that does not come: ${language}`, async () => {
    const there = await silentFrame(on.browser, on.gesher, language);
    const { failure } = await there.told('error');
    assert.deepEqual(failure, SDK_FAILURES.load_failed);
    await there.closes();
    assert.equal((await read(there)).status, 'pending');
  });
}
