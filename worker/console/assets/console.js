// Fetches the page that is shown again, each second, and puts its live parts in
// place. Without it the page is the same, and stands still.
"use strict";
(() => {
  const every = 1000, patience = 5000;
  const word = document.getElementById("live");
  const button = document.getElementById("pause");
  const parts = () => document.querySelectorAll("[data-live][id]");
  if (!word || parts().length === 0) return;
  let paused = false, timer;

  const say = (text, well) => {
    if (word.textContent !== text) word.textContent = text;
    word.parentElement.classList.toggle("dead", !well);
  };

  // selecting: who marks text to copy it does not want it replaced.
  const selecting = (part) => {
    const s = document.getSelection();
    return s && !s.isCollapsed && part.contains(s.anchorNode);
  };

  const place = (part, fresh) => {
    if (!fresh || part.innerHTML === fresh.innerHTML || selecting(part)) return;
    for (const open of part.querySelectorAll("details[open][id]")) {
      fresh.querySelector("#" + CSS.escape(open.id))?.setAttribute("open", "");
    }
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    const href = focused?.getAttribute("href"), id = focused?.id;
    part.replaceChildren(...fresh.childNodes);
    if (id) document.getElementById(id)?.focus({ preventScroll: true });
    else if (href) part.querySelector(`a[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true });
  };

  const look = async () => {
    try {
      const answer = await fetch(location.href, {
        headers: { "Otp-Live": "1" }, cache: "no-store", signal: AbortSignal.timeout(patience),
      });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (paused) return;
      if ([...parts()].some((part) => !fresh.getElementById(part.id))) {
        if (answer.ok && !answer.redirected) return location.reload(); // it is another page now
        throw new Error(String(answer.status));
      }
      for (const part of parts()) place(part, fresh.getElementById(part.id));
      say("Live", true);
    } catch {
      if (!paused) say("Not live: no answer", false);
    }
  };

  const go = async () => {
    clearTimeout(timer);
    if (paused) return;
    if (!document.hidden) await look();
    clearTimeout(timer);
    timer = setTimeout(go, every);
  };

  button.addEventListener("click", () => {
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    button.textContent = paused ? "Go on" : "Stop updating";
    say(paused ? "Paused" : "Live", !paused);
    go();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) go(); });
  word.parentElement.hidden = false;
  timer = setTimeout(go, every);
})();
