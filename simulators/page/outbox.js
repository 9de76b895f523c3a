// The outbox page: asks for what is new every two seconds and shows it. Everything that was sent is put in as text or,
// for the HTML of emails, into frames that may run nothing; no markup is ever built from it.

const EVERY_MS = 2000;
const MODES = ["ok", "fail", "slow", "timeout", "throttle", "garbage"];
const NAMES = { mmg: "MMG", firetext: "Firetext", ses: "SES", dvla: "DVLA", "dvla-account": "DVLA sign-in" };
const POSTAGES = { INTERNATIONAL_EU: "Europe", INTERNATIONAL_ROW: "rest of the world" };
const VIEWS = ["all", "texts", "emails", "letters", "callbacks", "providers"];
const SECTIONS = { sms: "texts", email: "emails", letter: "letters" };

const byId = (id) => document.getElementById(id);
const limits = { sms: 20, email: 10, letter: 10, callback: 50 };
const seen = { sms: 0, email: 0, letter: 0, callback: 0 };
const shown = { sms: new Map(), email: new Map(), letter: new Map(), callback: new Map() };
const providerCards = new Map();
let isPaused = false;

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && name !== "role") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

async function ask(path, options) {
  const answer = await fetch(path, { cache: "no-store", ...options });
  if (!answer.ok) throw new Error((await answer.json()).error ?? `status ${answer.status}`);
  return answer.json();
}

// Parts that several kinds of message share.

function time(at) {
  const when = new Date(at);
  return make("time", { dateTime: at, title: at }, when.toLocaleTimeString("en-GB"));
}

function dayOf(at) {
  const day = new Date(at).toDateString();
  return day === new Date().toDateString() ? "Today" : day.slice(0, -5);
}

function phoneNumber(digits) {
  const uk = /^44(\d{4})(\d{6})$/.exec(digits);
  return uk ? `+44 ${uk[1]} ${uk[2]}` : `+${digits}`;
}

const RECEIPT_LOOKS = {
  sent: (report) => (/delivered|despatched/.test(report) ? "good" : /pending|complaint|unknown/.test(report) ? "wait" : "bad"),
  pending: () => "wait",
  refused: () => "bad",
  "gave up": () => "bad",
};

function receiptText(receipt) {
  if (receipt.state === "sent") return receipt.report;
  if (receipt.state === "refused") return `${receipt.report}: gateway answered ${receipt.answer}`;
  if (receipt.state === "gave up") return `${receipt.report}: given up`;
  return receipt.attempts ? `${receipt.report}: trying again` : `${receipt.report}: on its way`;
}

function chips(message) {
  const list = make("ul", { className: "chips" });
  list.setAttribute("aria-label", "Receipts");
  if (message.copy > 1) list.append(make("li", { className: "chip bad" }, `sent ${message.copy} times`));
  for (const receipt of message.receipts) {
    const look = RECEIPT_LOOKS[receipt.state](receipt.report);
    list.append(make("li", { className: `chip ${look}`, title: receipt.sent_at ?? "" }, receiptText(receipt)));
  }
  if (!message.receipts.length) list.append(make("li", { className: "chip" }, "no receipt"));
  return list;
}

function facts(message) {
  const line = make("p", { className: "facts" }, `${NAMES[message.provider]} · `, time(message.received_at));
  line.append(" · ", make("span", { className: "mono" }, message.reference));
  return line;
}

function who(rows) {
  const list = make("dl", { className: "who" });
  for (const [name, value] of rows) if (value) list.append(make("dt", {}, name), make("dd", {}, value));
  return list;
}

// One maker for each kind.

function makeText(message) {
  const clock = new Date(message.received_at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const sender = /^\d{7,}$/.test(message.sender) ? phoneNumber(message.sender) : message.sender;
  return make("li", {},
    make("div", { className: "phone" },
      make("div", { className: "screen" },
        make("div", { className: "screen-top", ariaHidden: "true" },
          make("span", {}, clock), make("span", { className: "notch" }), make("span", {}, "5G")),
        make("p", { className: "from" },
          make("span", { className: "face", ariaHidden: "true" }, /^\p{L}/u.test(sender) ? sender[0].toUpperCase() : "#"),
          make("span", { className: "unseen" }, "From "), sender),
        make("p", { className: "when", ariaHidden: "true" }, `${dayOf(message.received_at)} ${clock}`),
        make("p", { className: "bubble" }, message.body))),
    make("div", { className: "below" },
      make("p", { className: "recipient" }, `To ${phoneNumber(message.recipient)}`), facts(message), chips(message)));
}

function makeFrame(message) {
  const frame = make("iframe", { title: `Email as rendered: ${message.subject}` });
  frame.setAttribute("sandbox", "");
  frame.srcdoc = message.html;
  return frame;
}

function makeParts(message) {
  const part = (heading, content) => make("div", { className: "part" }, make("h4", {}, heading), content);
  const headers = message.headers.map(([name, value]) => `${name}: ${value}`).join("\n");
  return make("div", { className: "parts" },
    part("HTML", message.html ? makeFrame(message) : make("p", { className: "empty" }, "No HTML part")),
    make("div", { className: "side" },
      part("Text", make("pre", {}, message.body || "No text part")),
      headers ? part("Headers", make("pre", {}, headers)) : null));
}

function makeEmail(message) {
  // The frame is made when it is first looked at: many frames at once are slow.
  const details = make("details", {}, make("summary", {}, "Content"));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(makeParts(message));
  });
  details.open = shown.email.size < 3;
  return make("li", { className: "card mail" },
    make("div", { className: "mail-top" },
      make("div", {},
        make("h3", {}, message.subject || "(no subject)"),
        who([["From", message.sender], ["To", message.recipient], ["Reply to", message.reply_to]])),
      make("div", {}, chips(message))),
    facts(message),
    details);
}

function makePages(message) {
  const list = make("ol", { className: "pages" });
  for (let page = 1; page <= message.page_count; page += 1) {
    const url = `/letters/${message.number}/${page}.png`;
    const name = `Page ${page} of ${message.page_count}`;
    const picture = make("img", { src: url, alt: name, loading: "lazy", width: 210, height: 297 });
    const number = make("span", { className: "facts", ariaHidden: "true" }, `${page} of ${message.page_count}`);
    list.append(make("li", {}, make("a", { href: url, title: name }, picture), number));
  }
  return list;
}

function makeLetter(message) {
  const pdf = make("p", {});
  if (message.has_pdf) {
    const name = `letter-${message.number}.pdf`;
    pdf.append(make("a", { href: `/letters/${message.number}.pdf` }, "Open the PDF"), " · ",
      make("a", { href: `/letters/${message.number}.pdf`, download: name }, "Download it"));
  } else {
    pdf.className = "facts";
    pdf.append("The PDF was forgotten; only the newest 50 are kept.");
  }
  // Pages are drawn when they are first looked at.
  const details = make("details", {},
    make("summary", {}, message.page_count === 1 ? "1 page" : `${message.page_count} pages`));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(makePages(message));
  });
  details.open = shown.letter.size < 3;
  return make("li", { className: "card mail" },
    make("div", { className: "mail-top" },
      make("div", {}, make("h3", {}, message.recipient),
        who([["Postage", POSTAGES[message.sender] ?? message.sender.toLowerCase()], ["Reference", message.provider_reference]])),
      make("div", {}, chips(message))),
    facts(message),
    make("pre", {}, message.body),
    message.has_pdf && message.page_count ? details : null,
    pdf);
}

function prettyBody(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function makeCallback(callback) {
  const isTaken = callback.answer !== null && callback.answer < 300;
  const list = make("ul", { className: "chips" },
    make("li", { className: `chip ${isTaken ? "good" : "bad"}` },
      callback.answer === null ? "never answered" : `answered ${callback.answer}`),
    callback.copy > 1 ? make("li", { className: "chip bad" }, `taken ${callback.copy} times`) : null);
  const token = callback.authorization.replace(/^(\S+ ).*(.{4})$/, "$1…$2");
  return make("li", { className: "card mail" },
    make("div", { className: "mail-top" },
      make("h3", {}, callback.name),
      list),
    who([["Authorization", token], ["Content type", callback.content_type]]),
    make("p", { className: "facts" }, time(callback.received_at)),
    make("pre", {}, prettyBody(callback.body)));
}

const MAKERS = { sms: makeText, email: makeEmail, letter: makeLetter, callback: makeCallback };

// Keeping a list as it is on the server, without touching what has not changed.

function isSettled(message) {
  return (message.receipts ?? []).every((receipt) => receipt.state !== "pending");
}

function show(kind, items) {
  const list = byId(kind);
  const entries = shown[kind];
  let arrived = 0;
  for (const item of [...items].reverse()) {
    const known = entries.get(item.number);
    if (known) {
      if (kind !== "callback") known.element.querySelector(".chips").replaceWith(chips(item));
      known.item = item;
      continue;
    }
    const element = MAKERS[kind](item);
    if (seen[kind] > 0) element.classList.add("new");
    entries.set(item.number, { item, element });
    insert(list, entries, item.number, element);
    arrived += 1;
  }
  trim(kind);
  list.parentElement.querySelector(".empty").hidden = entries.size > 0;
  return arrived;
}

function insert(list, entries, number, element) {
  const older = [...entries.keys()].filter((other) => other < number);
  const after = older.length ? entries.get(Math.max(...older)).element : null;
  list.insertBefore(element, after);
}

function trim(kind) {
  const entries = shown[kind];
  const numbers = [...entries.keys()].sort((a, b) => b - a);
  for (const number of numbers.slice(limits[kind])) {
    entries.get(number).element.remove();
    entries.delete(number);
  }
}

async function refreshMessages(channel) {
  // Everything after the oldest message that still waits for a receipt; that one and later ones may have changed.
  const waiting = [...shown[channel].values()].filter(({ item }) => !isSettled(item)).map(({ item }) => item.number);
  const since = Math.min(seen[channel], ...waiting.map((number) => number - 1));
  const answer = await ask(`/messages?channel=${channel}&since=${since}&limit=${limits[channel]}`);
  if (answer.next_since < seen[channel]) return forget(channel);
  const arrived = show(channel, answer.messages);
  const isFirst = seen[channel] === 0;
  seen[channel] = answer.next_since;
  const more = document.querySelector(`.more[data-channel="${channel}"]`);
  more.hidden = shown[channel].size < limits[channel];
  return isFirst ? 0 : arrived;
}

async function refreshCallbacks() {
  const answer = await ask(`/callbacks?since=${seen.callback}&limit=${limits.callback}`);
  if (answer.next_since < seen.callback) return forget("callback");
  show("callback", answer.callbacks);
  seen.callback = answer.next_since;
}

function forget(kind) {
  seen[kind] = 0;
  shown[kind].clear();
  byId(kind).replaceChildren();
  byId(kind).parentElement.querySelector(".empty").hidden = false;
  return 0;
}

// Providers.

function makeProvider(name) {
  const put = async (change) => {
    try {
      const settings = await ask(`/control/${name}`, { method: "PUT", body: JSON.stringify(change) });
      showSettings(name, settings);
      report("");
    } catch (error) {
      report(`${name} was not changed: ${error.message}`);
    }
  };
  const button = (text, change) => {
    const element = make("button", { type: "button", className: "button" }, text);
    element.addEventListener("click", () => put(change()));
    return element;
  };
  const next = make("input", { type: "number", min: "1", placeholder: "all", inputMode: "numeric" });
  const modes = MODES.map((mode) =>
    button(mode, () => ({ mode, next_requests: mode !== "ok" && next.value ? Number(next.value) : null })));
  const receipts = ["on", "off"].map((value) => button(value, () => ({ receipts: value })));
  const ofWhat = () => make("span", { className: "unseen" }, ` of ${NAMES[name] ?? name}`);
  const number = (field, text, scale) => {
    const input = make("input", { type: "number", min: "0", step: "1", inputMode: "numeric" });
    input.addEventListener("change", () => put({ [field]: Number(input.value) / scale }));
    return { field, scale, input, label: make("label", {}, make("span", {}, text, ofWhat()), input) };
  };
  const isSink = name.startsWith("callbacks/");
  const numbers = [number("latency_ms", "Added to answers, ms", 1), number("fail_share", "Failing at random, %", 100)];
  if (!isSink) numbers.push(number("receipt_delay_ms", "Receipt after, ms", 1));
  const state = make("span", { className: "chip" });
  const tallies = make("dl", { className: "tallies" });
  const element = make("li", { className: "card provider" },
    make("h3", {}, NAMES[name] ?? name, state),
    make("fieldset", {}, make("legend", {}, "Mode", ofWhat()), make("div", { className: "row" }, ...modes)),
    isSink ? null : make("fieldset", {}, make("legend", {}, "Receipts", ofWhat()), make("div", { className: "row" }, ...receipts)),
    make("div", { className: "numbers" }, make("label", {}, make("span", {}, "For the next requests", ofWhat()), next), ...numbers.map(({ label }) => label)),
    tallies);
  byId("providers").append(element);
  providerCards.set(name, { state, modes, receipts, numbers, tallies });
}

function showSettings(name, settings) {
  if (!providerCards.has(name)) makeProvider(name);
  const card = providerCards.get(name);
  for (const [index, button] of card.modes.entries()) button.ariaPressed = String(MODES[index] === settings.mode);
  for (const button of card.receipts) button.ariaPressed = String(button.textContent === settings.receipts);
  for (const { field, scale, input } of card.numbers) {
    if (document.activeElement !== input) input.value = String(Math.round(settings[field] * scale));
  }
  const left = settings.next_requests ? `, ${settings.next_requests} more` : "";
  card.state.textContent = `${settings.mode}${left}`;
  card.state.className = `chip ${settings.mode === "ok" ? "good" : "bad"}`;
}

function showTallies(name, counts) {
  const card = providerCards.get(name);
  if (!card) return;
  const rows = [["requests", counts.requests], ["accepted", counts.accepted], ["refused", counts.refused], ["duplicates", counts.duplicates]];
  if (counts.receipts && !name.startsWith("callbacks/")) {
    rows.push(["receipts sent", counts.receipts.sent], ["waiting", counts.receipts.pending]);
  }
  card.tallies.replaceChildren(...rows.map(([label, value]) =>
    make("div", {}, make("dt", {}, label), make("dd", {}, value.toLocaleString("en-GB")))));
}

async function refreshProviders() {
  for (const [name, settings] of Object.entries(await ask("/control"))) showSettings(name, settings);
}

async function showOutcomes() {
  const cell = (text) => make("td", {}, text ? make("span", { className: "mono" }, text) : "");
  const rows = await ask("/outcomes");
  byId("outcomes").replaceChildren(...rows.map((row) =>
    make("tr", {}, cell(row.number), cell(row.address), make("td", {}, row.description))));
}

// The whole page.

function count(view, number, isWarning = false) {
  const link = document.querySelector(`#views a[href="#${view}"]`);
  link.querySelector(".count")?.remove();
  if (number) link.append(make("span", { className: isWarning ? "count warn" : "count" }, number.toLocaleString("en-GB")));
}

async function refreshCounts() {
  const [stats, controls] = await Promise.all([ask("/stats"), ask("/control")]);
  for (const [name, counts] of Object.entries(stats.providers)) showTallies(name, counts);
  for (const [name, counts] of Object.entries(stats.callbacks)) showTallies(`callbacks/${name}`, counts);
  const { mmg, firetext, ses, dvla } = stats.providers;
  count("texts", mmg.accepted + firetext.accepted);
  count("emails", ses.accepted);
  count("letters", dvla.accepted);
  count("callbacks", Object.values(stats.callbacks).reduce((sum, sink) => sum + sink.requests, 0));
  const unwell = Object.values(controls).filter((settings) => settings.mode !== "ok").length;
  count("providers", unwell, true);
}

function currentView() {
  const view = location.hash.slice(1);
  return VIEWS.includes(view) ? view : "all";
}

function channelsOf(view) {
  return Object.keys(SECTIONS).filter((channel) => view === "all" || SECTIONS[channel] === view);
}

function showView() {
  const view = currentView();
  for (const link of document.querySelectorAll("#views a")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  for (const section of Object.values(SECTIONS)) byId(`${section}-section`).hidden = view !== "all" && view !== section;
  byId("messages").hidden = !channelsOf(view).length;
  byId("messages").classList.toggle("all", view === "all");
  byId("callbacks-section").hidden = view !== "callbacks";
  byId("providers-section").hidden = view !== "providers";
  window.scrollTo(0, 0);
  // After the counts, which make the links wider.
  refresh().then(() => {
    document.querySelector("#views a[aria-current]").scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}

function report(problem) {
  byId("problem").hidden = !problem;
  byId("problem").textContent = problem;
}

async function refresh() {
  const view = currentView();
  try {
    const arrivals = await Promise.all(channelsOf(view).map(refreshMessages));
    if (view === "callbacks") await refreshCallbacks();
    if (view === "providers") await refreshProviders();
    await refreshCounts();
    const arrived = arrivals.reduce((sum, number) => sum + number, 0);
    if (arrived) byId("news").textContent = arrived === 1 ? "One new message" : `${arrived} new messages`;
    if (byId("problem").dataset.cause === "connection") report("");
    byId("problem").dataset.cause = "";
  } catch {
    report("The simulators do not answer. This page goes on asking.");
    byId("problem").dataset.cause = "connection";
  }
}

async function keepRefreshing() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    if (!isPaused && !document.hidden) await refresh();
  }
}

byId("pause").addEventListener("click", (event) => {
  isPaused = !isPaused;
  event.target.ariaPressed = String(isPaused);
});
for (const more of document.querySelectorAll(".more")) {
  more.addEventListener("click", () => {
    const { channel } = more.dataset;
    limits[channel] += 40;
    seen[channel] = 0;
    refreshMessages(channel);
  });
}
window.addEventListener("hashchange", showView);
showView();
showOutcomes();
keepRefreshing();
