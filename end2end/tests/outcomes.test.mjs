// The sandbox's people: each id leads to its own outcome, as the API tells it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { link, openConnection } from '../lib/shop.mjs';
import { stage } from '../lib/stage.mjs';
import { BANK } from '../lib/widget.mjs';

const on = stage();

for (const psu of ['043510023', '321547416', '1772268', '8332884', '058766718']) {
  test(`${psu} is connected, with accounts and a year of transactions`, async () => {
    const { page, connection, success, exchanged } = await link(on.browser, on.gesher, { psu });
    assert.equal(success.connection_id, connection.id);
    assert.equal(exchanged.status, 200);
    assert.equal(exchanged.body.connection.id, connection.id);
    assert.equal(exchanged.body.connection.institution.id, BANK.id);
    await on.gesher.status(connection.id, 'active');
    const accounts = await on.gesher.list(`/connections/${connection.id}/accounts`);
    assert.ok(accounts.length > 0);
    for (const account of accounts) {
      assert.equal(account.connection_id, connection.id);
      assert.equal(account.currency, 'ILS');
      const { body: balances } = await on.gesher.api('GET', `/accounts/${account.id}/balances`);
      assert.ok(balances.data.length > 0);
    }
    const transactions = await on.gesher.list(`/accounts/${accounts[0].id}/transactions`);
    assert.ok(transactions.length >= 300, `${transactions.length} transactions`);
    assert.equal(new Set(transactions.map((each) => each.id)).size, transactions.length);
    for (const { amount, booking_date: date } of transactions) {
      assert.match(amount, /^-?\d+\.\d{2}$/);
      assert.match(date, /^\d{4}-\d{2}-\d{2}$/);
    }
    await page.close();
  });
}

test('050299338 is refused by the bank', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const { page, widget, heard } = await openConnection(on.browser, on.gesher, connection, 'en');
  await widget.choose();
  await widget.logIn({ psu: '050299338' });
  await widget.confirm();
  await widget.reached('consent_rejected');
  const rejected = await on.gesher.status(connection.id, 'rejected');
  assert.equal(rejected.failure.code, 'consent_rejected');
  const errors = (await heard('event')).filter((message) => message.type === 'error');
  assert.deepEqual(errors.map((message) => message.payload.failure.code), ['consent_rejected']);
  assert.deepEqual(await heard('success'), []);
  await page.close();
});

const after_exchange = {
  '064837123': ['awaiting_cosigners', []],
  316159011: ['failed', []],
  316159029: ['degraded', ['institution_unavailable']],
  316159052: ['suspended', []],
};
for (const [psu, [status, reasons]] of Object.entries(after_exchange)) {
  test(`${psu} is ${status} after the exchange`, async () => {
    const { page, connection, exchanged } = await link(on.browser, on.gesher, { psu });
    assert.equal(exchanged.status, 200, JSON.stringify(exchanged.body));
    const found = await on.gesher.status(connection.id, status);
    assert.deepEqual(found.reasons, reasons);
    await page.close();
  });
}

test('before the exchange there are no accounts, and another customer gets none', async () => {
  const connection = await on.gesher.connect({ language: 'en' });
  const early = await on.gesher.api('GET', `/connections/${connection.id}/accounts`);
  assert.deepEqual([early.status, early.body.code], [409, 'not_connected']);
  const { page, widget, told } = await openConnection(on.browser, on.gesher, connection, 'en');
  await widget.choose();
  await widget.logIn();
  await widget.confirm();
  const { public_token: token } = await told('success');
  const waiting = await on.gesher.api('GET', `/connections/${connection.id}/accounts`);
  assert.deepEqual([waiting.status, waiting.body.code], [409, 'awaiting_confirmation']);
  const foreign = await on.gesher.exchange(token, { external_id: 'somebody-else' });
  assert.equal(foreign.status, 409);
  assert.equal((await on.gesher.exchange(token, connection.customer)).status >= 400, true);
  const { status } = await on.gesher.api('GET', `/connections/${connection.id}/accounts`);
  assert.equal(status, 409);
  await page.close();
});

test('a public token is exchanged once', async () => {
  const { page, connection, success, exchanged } = await link(on.browser, on.gesher);
  assert.equal(exchanged.status, 200);
  assert.ok((await on.gesher.exchange(success.public_token, connection.customer)).status >= 400);
  await page.close();
});
