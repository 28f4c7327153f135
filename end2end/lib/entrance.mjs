// Start pages and hosted links, as a host makes them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

async function made(gesher, path, body) {
  const answer = await gesher.api('POST', path, body);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
}

/** A new start page. */
export const startPage = (gesher, over = {}) =>
  made(gesher, '/start_pages', { name: 'Salary account', connection: { include_sandbox: true }, ...over });

/** A new hosted link, whose token no log may name. */
export async function hostedLink(gesher, over = {}) {
  const customer = { external_id: `customer-${randomUUID()}` };
  const link = await made(gesher, '/hosted_links', { customer, connection: { include_sandbox: true }, ...over });
  gesher.keepSecret(link.url.split('/').at(-1));
  return link;
}
