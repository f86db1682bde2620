// The page of a source asks every two seconds whether its first statement has arrived, and shows what is wrong meanwhile.
// It ends with the first statement, or after ten minutes. Without this file the link "Look again" does the same.
"use strict";

(() => {
  const EVERY = 2000;
  const MOST = 300;
  const region = document.querySelector("[data-check]");
  let asked = 0;
  if (!region || !region.querySelector("[data-waiting]")) return;

  async function ask() {
    asked += 1;
    try {
      const answer = await fetch(region.dataset.check, { headers: { Accept: "text/html" }, redirect: "error" });
      if (answer.ok) {
        const text = await answer.text();
        // A status region speaks when it changes: it changes only where there is news.
        if (text.trim() !== region.dataset.shown) {
          region.dataset.shown = text.trim();
          region.innerHTML = text;
        }
      }
    } catch {
      // The network is gone for a moment, or the session ended: the next try tells.
    }
    if (region.querySelector("[data-waiting]") && asked < MOST) setTimeout(ask, EVERY);
  }

  setTimeout(ask, EVERY);
})();
