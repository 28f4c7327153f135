// In a frame without WebAssembly the host's page still hears how it goes: the server has written down what each page means
// for it. Every page is a document of its own and counts from 1.
const speak = ({ to, session, messages, over }) => {
  const tag = Math.random().toString(36).slice(2, 10);
  let seq = 0;
  // To each of the session's origins; where the browser says whose page is around the frame, to that one alone.
  const around = globalThis.location.ancestorOrigins?.[0];
  const listeners = to.includes(around) ? [around] : to;
  const post = (message) => listeners.forEach((origin) => parent.postMessage(message, origin));
  const say = ({ type, payload, also }) => {
    seq += 1;
    const id = `${session}-${tag}-${seq}`;
    post({ source: "gesher", version: 1, id, seq, session, ts: new Date().toISOString(), type, payload });
    if (also) post(also);
  };
  const leave = () => say(over);
  messages.forEach(say);
  // As the island measures it: what is fixed, and what stands in the content, not the room between.
  let told = 0;
  const measure = () => {
    const fixed = [...document.querySelectorAll(".top, .notes, .actions")].map(({ offsetHeight }) => offsetHeight);
    const parts = [...(document.querySelector(".content")?.children ?? [])].filter(({ offsetHeight }) => offsetHeight > 1);
    const inner = parts.length && Math.max(...parts.map((part) => part.offsetTop + part.offsetHeight)) - Math.min(...parts.map((part) => part.offsetTop)) + 40;
    const height = fixed.reduce((sum, each) => sum + each, inner);
    if (height && height !== told) say({ type: "resize", payload: { height: (told = height) } });
  };
  new ResizeObserver(measure).observe(document.querySelector(".wizard"));
  const bar = document.querySelector(".top form");
  bar?.addEventListener("submit", (event) => {
    if (!over || event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    leave();
  });
  addEventListener("message", ({ data, origin, source }) => {
    if (!listeners.includes(origin) || source !== parent || data?.source !== "gesher-host" || data.version !== 1 || data.type !== "close") return;
    if (over) leave();
    else bar?.requestSubmit();
  });
};
const islands = {
  /* ISLANDS */
};
try {
  await __wbg_init({ module_or_path: new URL("./WASM", import.meta.url) });
  hydrate();
  for (const element of document.querySelectorAll("leptos-island")) islands[element.dataset.component]?.(element);
} catch (error) {
  // The page goes on as one without scripts: its forms work by themselves, and it asks for the next screen as <noscript> says.
  const { classList } = document.documentElement;
  classList.add("scriptless");
  classList.remove("kept");
  const { textContent = "" } = document.querySelector("head noscript") ?? {};
  document.head.append(...new DOMParser().parseFromString(textContent, "text/html").querySelectorAll("meta"));
  const { host } = document.body.dataset;
  if (host && parent !== window) speak(JSON.parse(host));
  // A browser without WebAssembly, as in a lockdown, is no mistake.
  if (globalThis.WebAssembly) throw error;
}
