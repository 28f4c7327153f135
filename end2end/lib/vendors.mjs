// Connections made through the vendors' APIs, as those vendors' hosts make them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { request } from './http.mjs';

async function send(address, method, authorization, body) {
  const headers = { ...(authorization && { authorization }), ...(body && { 'content-type': 'application/json' }) };
  const answer = await request(address, { method, headers, body: body && JSON.stringify(body) });
  return { status: answer.status, body: answer.text ? answer.json() : null };
}

/** Open Finance's API for one of the host's users. */
export async function openFinance(gesher, userId = `user-${randomUUID()}`) {
  const { GESHER_CLIENT_ID: clientId, GESHER_CLIENT_SECRET: clientSecret } = gesher;
  const token = await send(`${gesher.url}/oauth/token`, 'POST', null, { userId, clientId, clientSecret });
  assert.equal(token.status, 200, JSON.stringify(token.body));
  gesher.keepSecret(token.body.accessToken);
  const call = (method, path, body) => send(`${gesher.url}/v2${path}`, method, `Bearer ${token.body.accessToken}`, body);
  return {
    call,
    /** A new connection: its id and its one address. */
    async create(body = {}) {
      const answer = await call('POST', '/connections', { includeFakeProviders: true, refreshData: true, ...body });
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
      gesher.keepSecret(answer.body.connectUrl.match(/cl_\w+/)[0]);
      return { id: answer.body.id, address: answer.body.connectUrl };
    },
  };
}

/** Meld's API. */
export function meld(gesher) {
  const call = (method, path, body) => send(`${gesher.url}/bank-linking${path}`, method, `BASIC ${gesher.GESHER_API_KEY}`, body);
  return {
    call,
    async create(body = {}) {
      const wish = { externalCustomerId: `user-${randomUUID()}`, products: ['TRANSACTIONS'], ...body };
      const answer = await call('POST', '/connect/start', wish);
      assert.ok([200, 201].includes(answer.status), JSON.stringify(answer.body));
      gesher.keepSecret(answer.body.connectToken);
      return { id: answer.body.id, address: answer.body.widgetUrl };
    },
  };
}
