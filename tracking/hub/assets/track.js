// Keeps the buyer's page fresh. Without it the page reloads itself now and then.
"use strict";
(() => {
  const page = document.body;
  let version = page.dataset.version;
  let busy = false;
  let again = false; // news came while a refresh was under way
  let poll = 0;

  // ago writes how long ago the last update was, in the reader's language.
  const ago = () => {
    const t = document.querySelector("[data-ago]");
    if (!t) return;
    const s = Math.max(0, (Date.now() - Date.parse(t.dateTime)) / 1000);
    const say = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
    t.title = new Date(t.dateTime).toLocaleString();
    t.textContent = s < 90 ? "just now" : s < 5400 ? say.format(-Math.round(s / 60), "minute")
      : s < 129600 ? say.format(-Math.round(s / 3600), "hour") : say.format(-Math.round(s / 86400), "day");
  };

  // refresh takes over those of the new page's parts that changed, so that a
  // screen reader says only what is new. Parts do not hold one another.
  const refresh = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    again = false;
    try {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      if (!answer.ok) return;
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of next.querySelectorAll("[data-part]")) {
        const old = document.querySelector(`[data-part="${part.dataset.part}"]`);
        if (old && old.innerHTML !== part.innerHTML) old.replaceChildren(...part.childNodes);
      }
      document.querySelector(".hero").className = next.querySelector(".hero").className;
      document.title = next.title;
      version = next.body.dataset.version;
      ago();
    } catch {
      // Offline: what is shown stays, and the next news tries again.
    } finally {
      busy = false;
      if (again) refresh();
    }
  };

  const listen = () => {
    const news = new EventSource(page.dataset.live);
    news.addEventListener("update", (e) => { if (e.data !== version) refresh(); });
    news.addEventListener("error", () => {
      // Turned away for good: look now and then instead.
      if (news.readyState === EventSource.CLOSED && !poll) poll = setInterval(refresh, 60000);
    });
  };

  ago();
  setInterval(ago, 30000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { ago(); refresh(); } });
  listen();
})();
