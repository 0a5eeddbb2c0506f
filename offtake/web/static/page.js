// Keeps a page up to date. It reads what happens to jobs as it happens, and has htmx fetch the
// part marked `data-live` again, at most every two seconds, while nobody works in that part.
document.addEventListener("click", event => {
  const close = event.target.closest("[data-close]");
  if (!close) return;
  const held = close.closest("td");
  const asked = document.querySelector(`[hx-target="#${held.id}"]`);
  held.replaceChildren();
  if (asked) asked.focus();
});
(() => {
  "use strict";
  const EVERY_MS = 2000, AGAIN_MS = 3000;
  const button = document.getElementById("live");
  const live = () => document.querySelector("[data-live]");
  if (!live() || !button || !window.htmx || !window.fetch) return;
  button.hidden = false;
  let on = true, due = null, last = 0, after = null, reading = null;

  const busy = () => {
    const held = live();
    return !held || held.querySelector("details[open], .told [data-held], .htmx-request") !== null ||
      (document.activeElement && held.contains(document.activeElement) &&
        document.activeElement.matches("input,select,textarea,button"));
  };
  const fetchAgain = () => {
    due = null;
    if (!on || document.hidden) return;
    if (busy()) { due = setTimeout(fetchAgain, EVERY_MS); return; }
    last = Date.now();
    htmx.trigger(live(), "told");
  };
  const told = () => {
    if (due === null) due = setTimeout(fetchAgain, Math.max(0, last + EVERY_MS - Date.now()));
  };
  const follow = async () => {
    const job = live().dataset.job;
    const asked = new URLSearchParams();
    if (job) asked.set("job", job);
    if (after !== null) asked.set("after", after);
    reading = new AbortController();
    try {
      const answer = await fetch("/v1/events?" + asked, {signal: reading.signal});
      if (!answer.ok) throw new Error(String(answer.status));
      const body = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      button.textContent = "live";
      for (let rest = ""; ;) {
        const {done, value} = await body.read();
        if (done) break;
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        for (const line of lines) {
          if (line.startsWith("id: ")) after = line.slice(4);
          if (line.startsWith("data: ")) told();
        }
      }
    } catch (error) {
      if (!on) return;
      button.textContent = "out of touch";
    }
    if (on) setTimeout(() => { if (on) { told(); follow(); } }, AGAIN_MS);
  };
  button.addEventListener("click", () => {
    on = !on;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "live" : "paused";
    if (on) { told(); follow(); } else if (reading) { reading.abort(); }
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) told(); });
  window.addEventListener("pagehide", () => { on = false; if (reading) reading.abort(); });
  if (live().dataset.every) setInterval(told, 1000 * live().dataset.every);
  follow();
})();
