// What the console does beyond plain pages: live panels, dialogs, keys, times in the viewer's zone.
// Everything here is a convenience: each link and form works without it.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- Times: relative in words, exact in the viewer's zone on hover.
  // Made when the first time is written, which is after the page was painted: they read the whole locale.
  let exact = null;
  let clock = null;
  const two = (n) => String(n).padStart(2, "0");
  const moment = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const span = (seconds) => {
    if (seconds < 60) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    if (hours < 48) return `${hours} h`;
    return `${Math.floor(hours / 24)} days`;
  };
  const long = (seconds) => {
    if (seconds < 60) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  };
  const times = (root = document) => {
    exact ??= new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
    clock ??= new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
    for (const it of $$("time[datetime]", root)) {
      const at = new Date(it.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      it.title = exact.format(at);
      const seconds = Math.round((Date.now() - at.getTime()) / 1000);
      if (it.dataset.as === "ago") it.textContent = seconds < 0 ? `in ${span(-seconds)}` : seconds < 2 ? "just now" : `${span(seconds)} ago`;
      if (it.dataset.as === "clock") it.textContent = clock.format(at);
      if (it.dataset.as === "moment") it.textContent = moment(at);
      if (it.dataset.as === "since") it.textContent = long(Math.max(0, seconds));
    }
  };
  setInterval(times, 1000);

  // --- Live panels: the server sends a panel when it changed; what people opened or type stays.
  const morphing = {
    morphStyle: "outerHTML",
    callbacks: {
      beforeAttributeUpdated: (name, node) => !(name === "open" && node.tagName === "DETAILS"),
      beforeNodeMorphed: (node) => !(node.nodeType === 1 && node.matches("form[data-keep]") && node.contains(document.activeElement)),
    },
  };
  let stream = null;
  let again = 0;
  // The browser tries again by itself, unless the answer was an error; then we do.
  const lost = (is) => {
    const said = $("#connection");
    if (!said || said.hidden === !is) return;
    said.hidden = !is;
    said.textContent = is ? "Connection lost, trying again\u2026" : "";
  };
  const live = () => {
    const place = $("[data-live]");
    if (stream && (!place || document.hidden || stream.from !== place.dataset.live)) {
      stream.close();
      stream = null;
      lost(false);
    }
    if (!place || document.hidden || stream) return;
    stream = new EventSource(place.dataset.live);
    stream.from = place.dataset.live;
    stream.addEventListener("open", () => lost(false));
    stream.addEventListener("error", (event) => {
      // A page that is being left loses its stream, and nobody has to know.
      if (event.target !== stream || leaving) return;
      lost(true);
      if (stream.readyState !== EventSource.CLOSED) return;
      stream = null;
      clearTimeout(again);
      again = setTimeout(live, 3000);
    });
    stream.addEventListener("panel", (event) => {
      // Another search may be on the page already.
      if (event.target !== stream || $("[data-live]")?.dataset.live !== stream.from) return;
      const panel = JSON.parse(event.data);
      const old = document.getElementById(panel.id);
      if (!old) return;
      Idiomorph.morph(old, panel.html, morphing);
      const now = document.getElementById(panel.id);
      if (now) {
        htmx.process(now);
        times(now);
      }
    });
    stream.addEventListener("say", (event) => say(event.data));
    stream.addEventListener("over", () => {
      stream.close();
      stream = null;
      place.removeAttribute("data-live");
    });
    stream.addEventListener("signed-out", () => location.reload());
  };
  let leaving = false;
  window.addEventListener("beforeunload", () => {
    leaving = true;
    // A download, or an answer without a page, leaves this one where it is.
    setTimeout(() => { leaving = false; }, 5000);
  });
  // A browser keeps few connections to one host: a page that nobody looks at gives its own back.
  document.addEventListener("visibilitychange", live);
  const say = (text) => {
    const place = $("#said");
    if (place) place.textContent = text;
  };

  // --- Dialogs: the page of a dialog is loaded into #dialog and shown above this one.
  let opener = null;
  const show = () => {
    const dialog = $("#dialog dialog");
    if (!dialog || dialog.open) return;
    opener = opener || document.activeElement;
    dialog.addEventListener("close", () => {
      $("#dialog").replaceChildren();
      if (opener && opener.isConnected) opener.focus();
      opener = null;
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    dialog.showModal();
    const first = $("[aria-invalid='true'], [autofocus], input:not([type=hidden]), select, textarea", dialog);
    if (first) first.focus();
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target && event.detail.target.id === "dialog") opener = opener || document.activeElement;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    times(event.target);
    show();
    live();
  });
  document.addEventListener("htmx:responseError", () => toast("The gateway answered with an error. What you typed is still here; try again."));
  document.addEventListener("htmx:sendError", () => toast("The gateway cannot be reached. What you typed is still here; try again."));
  const toast = (text) => {
    for (const old of $$(".toast")) old.remove();
    const it = document.createElement("div");
    it.className = "toast";
    it.setAttribute("role", "status");
    it.textContent = text;
    document.body.append(it);
    setTimeout(() => it.remove(), 6000);
  };

  // --- Clicks: closing, copying, revealing while typing.
  document.addEventListener("click", (event) => {
    const at = event.target.closest("button, summary, a");
    for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    if (!at) return;
    if (at.matches("[data-close]") && at.closest("dialog")) {
      event.preventDefault();
      at.closest("dialog").close();
    }
    if (at.matches("[data-copy]")) {
      const from = document.getElementById(at.dataset.copy);
      const text = from.value ?? from.textContent;
      const copied = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error("no clipboard"));
      copied.then(() => toast("Copied."), () => {
        if (from.select) from.select();
        toast("Press Ctrl+C to copy.");
      });
    }
    if (at.matches("[data-reveal]")) {
      const input = document.getElementById(at.dataset.reveal);
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      at.setAttribute("aria-pressed", String(shown));
      input.focus();
    }
  });
  // A form is sent once: a second click while the answer is under way would do it twice. Scripts' own forms say so in
  // their attributes.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent !== undefined) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "";
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
    for (const form of $$("form[data-sent]")) delete form.dataset.sent;
  });
  // A password field is masked again once it is left, and never revealed when it is sent.
  document.addEventListener("submit", (event) => {
    for (const button of $$("[data-reveal][aria-pressed='true']", event.target)) {
      document.getElementById(button.dataset.reveal).type = "password";
      button.setAttribute("aria-pressed", "false");
    }
  });
  document.addEventListener("input", (event) => {
    const field = event.target.closest && event.target.closest(".field");
    if (field && event.target.getAttribute("aria-invalid")) event.target.removeAttribute("aria-invalid");
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  // --- Keys.
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of $$("details.menu[open]")) {
        menu.open = false;
        $("summary", menu).focus();
      }
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, textarea, select") || $("dialog[open]")) return;
    if (event.key === "/") {
      const search = $("input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    } else if (event.key === "?") {
      $("#help-link")?.click();
    } else if (event.key === "g") {
      going = Date.now();
    } else if (Date.now() - going < 1200) {
      const to = { i: "/", d: "/data", c: "/connectors", k: "/keys", s: "/settings" }[event.key];
      if (to) location.assign(to);
    }
  });

  // What was just saved is said once: the address that says so is not the page's.
  const saved = () => {
    const it = $("[data-saved]");
    const url = new URL(location.href);
    if (!it || !url.searchParams.has("saved")) return;
    url.searchParams.delete("saved");
    history.replaceState(history.state, "", url);
    say(it.textContent);
  };

  // --- The begin: first the page is painted, then come the libraries and all that this does with them.
  const later = document.currentScript.dataset.later.split(" ");
  const load = (src) => new Promise((done) => {
    const script = document.createElement("script");
    script.src = src;
    script.addEventListener("load", done);
    script.addEventListener("error", done);
    document.head.append(script);
  });
  const begin = async () => {
    times();
    await Promise.all(later.map(load));
    live();
    saved();
    document.documentElement.dataset.ready = "";
  };
  document.addEventListener("DOMContentLoaded", () => { document.documentElement.dataset.js = ""; });
  // Nobody paints a page that is not looked at.
  window.addEventListener("load", () => (document.hidden ? setTimeout(begin) : requestAnimationFrame(() => setTimeout(begin))));
})();
