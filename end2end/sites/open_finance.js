// A host page as a team that uses Open Finance writes it, by the rules of its page "Iframe support": a frame over the whole window, words
// from two sources, and the frame goes at the first of three types. It knows nothing of Gesher, and does not look at origins, as the
// vendor's sample does not either.
window.called = [];
const handlers = {
  onApprove: (data) => window.called.push(['approve', data]),
  onAbort: (...data) => window.called.push(['abort', ...data]),
  onFailed: (data) => window.called.push(['failed', data]),
};

function start(webUrl) {
  const frame = document.createElement('iframe');
  frame.src = webUrl;
  frame.title = 'Connect your bank';
  Object.assign(frame.style, {
    position: 'fixed', inset: '0', width: '100%', height: '100%', border: '0', zIndex: '2147483647', background: 'transparent',
  });
  const hear = ({ data }) => {
    if (!data || !['waiting', 'journey'].includes(data.source) || !data.type) return;
    if (data.type === 'close') handlers.onAbort();
    else if (data.type === 'success') handlers.onApprove(data);
    else if (data.type === 'fail') handlers.onFailed(data);
    else return;
    window.removeEventListener('message', hear);
    frame.remove();
  };
  window.addEventListener('message', hear);
  document.body.append(frame);
}

start(decodeURIComponent(location.hash.slice(1)));
