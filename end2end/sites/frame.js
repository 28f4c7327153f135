// Stands in for the widget: a test makes it speak, and reads what the host page said to it.
const shop = location.origin.replace(/\w+\./, 'shop.');
const instance = Math.random().toString(36).slice(2);
let seq = 0;
window.heard = [];
addEventListener('message', (event) => window.heard.push({ origin: event.origin, data: event.data, fromParent: event.source === parent }));
window.message = (type, payload = {}, over = {}) => {
  seq = over.seq ?? seq + 1;
  return {
    source: 'gesher', version: 1, id: `sess_test-${instance}-${seq}`, seq, session: 'sess_test', ts: '2026-01-01T00:00:00Z', type, payload, ...over,
  };
};
window.say = (type, payload, over) => parent.postMessage(window.message(type, payload, over), shop);
window.sayRaw = (data) => parent.postMessage(data, shop);
