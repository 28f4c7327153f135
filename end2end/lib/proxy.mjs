// A proxy in front of the widget: it sees what the browser sends, and takes headers out of it, as an old browser or a meddling
// network would.
import { createServer, request } from 'node:http';

/** Where it leads is told later, once the server behind it has a port. `seen` lists what came: path and headers. */
export async function openProxy(without) {
  let to;
  const seen = [];
  const server = createServer((incoming, answer) => {
    seen.push({ path: incoming.url, headers: incoming.headers });
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !without?.test(name)));
    const sent = request({ host: '127.0.0.1', port: to, method: incoming.method, path: incoming.url, headers }, (response) => {
      answer.writeHead(response.statusCode, response.rawHeaders);
      response.pipe(answer);
      response.on('error', () => answer.destroy());
    });
    sent.on('error', () => answer.destroy());
    answer.on('close', () => sent.destroy());
    incoming.pipe(sent);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    seen,
    lead: (port) => { to = port; },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
