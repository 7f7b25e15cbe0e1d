// The packer's page in the browser. It shows what the station says and passes
// on what is typed; it decides nothing. If the station is silent it says so.
(() => {
  'use strict';
  const $ = (id) => document.getElementById(id);
  const now = window.waybill.now;

  // --- saying things -------------------------------------------------------
  const say = (text) => { $('say').textContent = text; };
  const shout = (text) => { $('shout').textContent = text; };
  let notices = 0;
  const notice = (text) => {
    notices++;
    $('notice').hidden = !text;
    $('notice').firstElementChild.textContent = text;
  };
  $('notice').querySelector('button').addEventListener('click', () => notice(''));

  // --- sound ---------------------------------------------------------------
  const sound = window.waybill.sound($('sound'), say);
  const play = sound.play;

  // --- the live part -------------------------------------------------------
  const parts = () => [...document.querySelectorAll('#live [data-part]')];
  const drawn = new Map(parts().map((p) => [p.id, p.outerHTML]));
  const troubles = (root) => [...root.querySelectorAll('[data-trouble]')].map((t) => t.dataset.trouble).join('\n');
  let held = false; // a finger or a mouse button is down on the live part
  let later = null; // what to show when it is up again
  let moved = -1e9; // when the list with the buttons last changed its order

  const swapPart = (old, fresh) => {
    const focus = old.contains(document.activeElement) ? document.activeElement : null;
    if (old.id === 'part-attention' && troubles(old) !== troubles(fresh)) moved = now();
    for (const input of old.querySelectorAll('input[id]')) { // what somebody is typing stays
      const same = fresh.querySelector('#' + CSS.escape(input.id));
      if (same && same.form?.action === input.form?.action) same.value = input.value; // but for nothing else
    }
    for (const open of old.querySelectorAll('details[open]')) fresh.querySelector('#' + CSS.escape(open.id))?.setAttribute('open', '');
    old.replaceWith(fresh);
    if (focus) ((focus.id && fresh.querySelector('#' + CSS.escape(focus.id))) || fresh).focus({ preventScroll: true });
    if (old.id === 'part-band') {
      fresh.classList.add('fresh');
      const text = ['h1', '.band-line'].map((s) => fresh.querySelector(s)?.textContent.trim() ?? '').join('. ');
      (fresh.dataset.kind === 'stop' ? shout : say)(text);
    }
  };
  const swap = (live) => {
    if (held) { later = live; return; }
    const fresh = [...live.querySelectorAll('[data-part]')];
    for (const part of fresh) {
      const old = $(part.id);
      const html = part.outerHTML;
      if (old && drawn.get(part.id) !== html) swapPart(old, document.adoptNode(part));
      drawn.set(part.id, html);
    }
    $('clock').textContent = live.dataset.clock;
    document.title = live.dataset.title;
    if (live.dataset.version !== document.body.dataset.version && !$('number').value) location.reload();
  };
  document.addEventListener('pointerdown', (e) => { held = e.target.closest('#live button, #live a') !== null; }, true);
  const release = () => {
    held = false;
    if (later) setTimeout(() => { const l = later; later = null; if (l) swap(l); }, 0); // after the click
  };
  for (const type of ['pointerup', 'pointercancel']) document.addEventListener(type, release, true);
  window.addEventListener('blur', release);

  let busy = false;
  let again = false;
  let lastOK = now();
  let lostSince = null;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch('/live' + location.search, { cache: 'no-store', headers: { Accept: 'text/html' }, signal: AbortSignal.timeout(4000) });
      const live = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live');
      if (!answer.ok || !live) throw new Error(`the station answered ${answer.status}`);
      found();
      swap(live);
    } catch {
      lost();
    }
    busy = false;
    if (again) { again = false; soon(); }
  };
  let timer = 0;
  const soon = () => { if (!timer) timer = setTimeout(() => { timer = 0; refresh(); }, 50); };

  const lost = () => {
    if (lostSince) return;
    lostSince = new Date();
    const at = lostSince.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });
    const text = `Connection lost since ${at}. What you see below is old.`;
    document.body.classList.add('lost');
    $('lost').querySelector('span').textContent = text;
    $('lost').hidden = false;
    drawLink();
    shout(text);
  };
  const found = () => {
    lastOK = now();
    if (!lostSince) return;
    lostSince = null;
    document.body.classList.remove('lost');
    $('lost').hidden = true;
    drawLink();
    say('Connected again.');
  };

  const here = () => $('part-bench')?.dataset.bench ?? '';

  // --- events --------------------------------------------------------------
  const types = ['message', 'change', 'order.accepted', 'order.rejected', 'order.held', 'address.corrected', 'address.overridden',
    'carrier.assigned', 'tracking.assigned', 'label.printed', 'label.unconfirmed', 'label.reprinted', 'label.voided',
    'parcel.packed', 'parcel.weighed', 'parcel.scanned', 'scan.accepted', 'scan.refused', 'parcel.handed_over', 'parcel.taken_back', 'order.changed', 'cutoff.missed',
    'handoff.opened', 'handoff.closed', 'handoff.taken_over', 'handoff.yielded', 'handoff.merged', 'parcel.taken_over', 'parcel.yielded', 'parcel.merged', 'label.resolved', 'device.changed',
    'journal.salvaged', 'journal.purged', 'order.instructed', 'bundle.applied', 'bundle.refused'];
  let events = null;
  const drawLink = () => { $('link').textContent = lostSince ? 'Not connected' : events?.readyState === EventSource.OPEN ? 'Live' : 'Renews every 2 s'; };
  const listen = () => {
    events = new EventSource('/v1/events');
    events.onopen = () => { drawLink(); soon(); };
    events.onerror = () => {
      drawLink();
      soon();
      if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000); // the browser gives up on some errors; we do not
    };
    for (const t of types) {
      events.addEventListener(t, soon);
      events.addEventListener(`waybill.${t}.v1`, soon);
    }
    events.addEventListener('scan', (e) => {
      try {
        const said = JSON.parse(e.data);
        if (!said.bench || said.bench === here()) play(said.signal); // another bench has a page of its own
      } catch { /* not for us */ }
      soon();
    });
  };
  listen();
  drawLink();
  // What no event told, and a station that hangs, show within ten seconds.
  setInterval(() => {
    if (lostSince || events.readyState !== EventSource.OPEN || now() - lastOK > 8000) refresh();
  }, 2000);

  // --- scans typed here ----------------------------------------------------
  const asked = [];
  const bench = new URLSearchParams(location.search).get('bench') || undefined;
  let sending = false;
  const scans = window.waybill.scanKeys();
  const name = (data) => `“${data.length > 40 ? data.slice(0, 40) + '…' : data}”`;
  // What is no whole scan is kept with its bytes, and the band says so. What to do, the
  // notice has said by then, so that it does not matter here whether it arrives.
  const keep = (data, why) => fetch('/v1/scans', {
    method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': window.waybill.id() },
    body: JSON.stringify({ data, bench, damaged: why }), signal: AbortSignal.timeout(5000),
  }).catch(() => {});
  const post = async (data) => {
    const before = notices;
    const key = scans.of(data);
    try {
      const answer = await fetch('/v1/scans', {
        method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'application/json, application/problem+json', 'Idempotency-Key': key },
        body: JSON.stringify({ data, bench }), signal: AbortSignal.timeout(5000),
      });
      scans.answered();
      if (answer.ok) {
        if (notices === before) notice(''); // what was said since is of a later scan
        return true;
      }
      const problem = await answer.json().catch(() => ({}));
      play('bad');
      notice(`${name(data)} was not taken: ${problem.detail || problem.title || 'the station answered ' + answer.status}`);
    } catch {
      play('bad');
      notice(`${name(data)} may not be recorded: the station did not answer. Scan it again; it counts once.`);
      soon();
    }
    return false;
  };
  const send = (data, done) => {
    if (asked.length >= 20) { play('bad'); notice(`${name(data)} was not taken: 20 scans wait already. Scan it again in a moment.`); return; }
    asked.push([data, done]);
    if (!sending) drain();
  };
  const damaged = (data, why) => {
    if (!data || asked.length >= 20) return;
    asked.push([data, null, why]);
    if (!sending) drain();
  };
  const drain = async () => { // one after the other, in the order they came
    sending = true;
    while (asked.length) {
      const [data, done, why] = asked[0];
      const ok = await (why ? keep(data, why) : post(data));
      asked.shift();
      if (done) done(ok);
      soon();
    }
    sending = false;
  };

  const field = $('number');
  $('typed').hidden = false;
  $('typed').addEventListener('submit', (e) => {
    e.preventDefault();
    const data = field.value.trim();
    if (!data) { field.focus(); return; }
    send(data, (ok) => {
      if (field.value.trim() !== data) return;
      if (ok) field.value = '';
      else field.select(); // the next scan takes its place
    });
  });

  // A scan by keys is caught wherever the focus is; what is typed into the answer
  // about an address stays.
  window.waybill.keys({
    field, form: $('typed'), send, play, notice, damaged,
    writing: (e) => e.target.matches?.('form.override input') ?? false,
  });

  // --- answers to unconfirmed labels, and for addresses --------------------
  document.addEventListener('submit', async (e) => {
    const form = e.target.closest('form.resolve, form.override');
    if (!form) return;
    e.preventDefault();
    if (now() - moved < 500) { say('The list has just moved. Press again.'); notice('The list moved as you pressed, so nothing was done. Press again.'); return; }
    const body = new URLSearchParams(new FormData(form));
    if (e.submitter?.name) body.set(e.submitter.name, e.submitter.value);
    if (form.dataset.sent) return; // one answer at a time
    form.dataset.sent = 'yes';
    try {
      const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'application/json, application/problem+json, text/html' }, signal: AbortSignal.timeout(8000) });
      if (!answer.ok) {
        const problem = await answer.json().catch(() => ({}));
        notice(`Your answer was not taken: ${problem.detail || problem.title || 'the station answered ' + answer.status}`);
      } else {
        notice('');
        form.reset(); // what was said of one parcel is not said of the next
      }
    } catch {
      notice('Your answer may not be recorded: the station did not answer. Look whether the question is still here.');
    }
    delete form.dataset.sent;
    soon();
  });
})();
