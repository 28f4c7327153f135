// Small static sites on *.localhost, which a browser resolves to loopback and takes for separate sites in a secure context.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGES = fileURLToPath(new URL('../sites/', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8' };

/** What a strict host sends: no inline script or style, no string made into a script, one origin in frames. */
const strict = (port) =>
  [
    "default-src 'none'",
    `script-src 'self' http://widget.localhost:${port}`,
    `frame-src http://widget.localhost:${port} http://evil.localhost:${port}`,
    `connect-src http://widget.localhost:${port}`,
    "require-trusted-types-for 'script'",
    'trusted-types shop',
    "base-uri 'none'",
  ].join('; ');

/**
 * Serves the pages of `sites/`: `shop.html` on shop.localhost under a strict policy, `frame.html` as every `/w/…` of
 * widget.localhost, `evil.html` on evil.localhost, and the SDK on widget.localhost, where `ct_silent…` opens a frame that says
 * nothing and `ct_silent_refused` is one that this page may not show.
 */
export async function openSites() {
  const server = createServer(async (request, response) => {
    const host = request.headers.host.split(':')[0];
    const path = new URL(request.url, 'http://x').pathname;
    const file =
      path === '/gesher.js' ? join(ROOT, 'public/gesher.js')
      : path.startsWith('/w/ct_silent') ? null
      : path.startsWith('/w/') ? join(PAGES, 'frame.html')
      : /^\/[a-z]+\.(html|js)$/.test(path) ? join(PAGES, path)
      : null;
    const headers = { 'x-content-type-options': 'nosniff' };
    if (path === '/embed-check') {
      const cors = { 'access-control-allow-origin': request.headers.origin, 'access-control-allow-headers': 'x-gesher-token' };
      const allowed = request.headers['x-gesher-token'] !== 'ct_silent_refused';
      response.writeHead(200, { ...cors, 'content-type': 'application/json' }).end(JSON.stringify({ allowed }));
      return;
    }
    if (host === 'shop.localhost') headers['content-security-policy'] = strict(server.address().port);
    const [, attribute] = path.match(/^\/plain-(defer|async)$/) ?? [];
    if (attribute) {
      const page = `<!doctype html><title>Shop</title><script ${attribute} src="http://widget.localhost:${server.address().port}/gesher.js"></script>`;
      response.writeHead(200, { 'content-type': TYPES['.html'] }).end(page);
      return;
    }
    if (!file) {
      response.writeHead(path.startsWith('/w/') ? 200 : 204, { 'content-type': TYPES['.html'] }).end();
      return;
    }
    const body = await readFile(file).catch(() => null);
    if (body) response.writeHead(200, { ...headers, 'content-type': TYPES[extname(file)] }).end(body);
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  const origin = (name) => `http://${name}.localhost:${port}`;
  return {
    port,
    shop: origin('shop'),
    widget: origin('widget'),
    evil: origin('evil'),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
