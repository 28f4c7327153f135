// The connection is made, or came to another end, and the same invitation is opened once more: by both doors, before the host
// has confirmed and after.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { enter, read, visit } from '../lib/door.mjs';
import { ENDS } from '../lib/ends.mjs';
import { FAILURES } from '../lib/failures.mjs';
import { stage } from '../lib/stage.mjs';
import { JOURNEYS, goTo } from '../lib/stages.mjs';
import { LANGUAGES } from '../lib/words.mjs';

const on = stage({ gesher: { clock: true } });

afterEach(async () => {
  for (const page of on.browser.context.pages().slice(1)) await page.close();
  await on.browser.context.clearCookies();
});

/** How a visit ended; what the invitation shows then, and what the widget says when it is closed. */
const ENDED = {
  connected: {
    title: 'completed_title', text: 'completed_text', reason: 'completed', status: 'active',
    go: async (there) => {
      await goTo(there, JOURNEYS.form);
      const { public_token: token } = await there.told('success');
      assert.equal((await there.gesher.exchange(token, there.connection.customer)).status, 200);
      await there.gesher.status(there.connection.id, 'active');
    },
  },
  cancelled: { title: 'cancelled_title', text: 'cancelled_text', reason: 'cancelled', status: 'pending', go: (there) => ENDS.cancelled.reach(there) },
  refused: {
    title: 'failed_title', text: 'failed_text', reason: 'failed', status: 'rejected',
    go: async (there) => { await ENDS.refused.reach(there); await there.person.reached('consent_rejected'); },
  },
};

for (const [name, { title, text, reason, status, go }] of Object.entries(ENDED)) {
  for (const language of LANGUAGES) {
    test(`${name}: ${language}`, async () => {
      const there = await enter(on.browser, on.gesher, language, { door: 'frame' });
      await go(there);
      for (const door of ['frame', 'page']) {
        const again = await visit({ ...there, door });
        await again.person.reached(title);
        await again.frame.getByText(again.person.say(text)).waitFor();
        assert.equal(await again.frame.locator('form:not(.bar)').count(), 0, 'nothing to begin with');
        assert.equal((await read(there)).status, status);
        if (door === 'page') {
          const back = new URL(await again.page.getByRole('link', { name: again.person.say('return_to') }).getAttribute('href'));
          assert.ok(!/token|status|state/.test(back.search), `only the way home: ${back}`);
          continue;
        }
        await again.person.press(again.person.say('done'));
        assert.deepEqual(await again.told('exit'), { reason, query: null });
        assert.deepEqual(await again.heard('success'), [], 'the token is for one document alone');
      }
    });
  }
}

for (const language of LANGUAGES) {
  test(`another customer confirmed: ${language}`, async () => {
    const there = await enter(on.browser, on.gesher, language, { door: 'frame' });
    await goTo(there, JOURNEYS.form);
    const { public_token: token } = await there.told('success');
    assert.equal((await there.gesher.exchange(token, { external_id: 'somebody-else' })).status, 409);
    const found = await there.gesher.status(there.connection.id, 'failed');
    assert.deepEqual(found.failure, FAILURES.customer_mismatch);
    // The document has nothing to wait for any more: it says so when it is looked at again.
    await there.frame.evaluate(() => { document.dispatchEvent(new Event('visibilitychange')); });
    await there.person.reached('customer_mismatch');
    const error = (await there.heard('event')).filter(({ type }) => type === 'error').at(-1).payload;
    assert.deepEqual(error, { failure: FAILURES.customer_mismatch, support_code: (await there.frame.locator('.support bdi').textContent()).trim() });
    await there.person.press(there.person.say('done'));
    assert.deepEqual(await there.told('exit'), { reason: 'failed', query: null });
  });

  test(`other account holders have to sign: ${language}`, async () => {
    const there = await enter(on.browser, on.gesher, language, { door: 'frame' });
    await there.person.choose();
    await there.person.logIn({ psu: '064837123' });
    await there.person.confirm();
    await there.person.reached('cosigners_title');
    for (const key of ['cosigners_text', 'cosigners_advice']) await there.frame.getByText(there.person.say(key)).waitFor();
    const { public_token: token } = await there.told('success');
    assert.equal((await there.gesher.exchange(token, there.connection.customer)).status, 200);
    await there.gesher.status(there.connection.id, 'awaiting_cosigners');
    await there.person.press(there.person.say('done'));
    assert.deepEqual(await there.told('exit'), { reason: 'completed', query: null });
  });
}
