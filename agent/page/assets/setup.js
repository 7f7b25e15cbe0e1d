// The page on which a scanner is tried: it shows what the station says of a scan,
// and passes on what a scanner types. It decides nothing.
(() => {
  'use strict';
  const $ = (id) => document.getElementById(id);
  let notices = 0;
  const notice = (text) => { notices++; $('notice').hidden = !text; $('notice').firstElementChild.textContent = text; };
  $('notice').querySelector('button').addEventListener('click', () => notice(''));
  $('print').addEventListener('click', () => print());

  // --- the live part -------------------------------------------------------
  const drawn = new Map([...document.querySelectorAll('[data-part]')].map((p) => [p.id, p.outerHTML]));
  const swap = (live) => {
    for (const part of live.querySelectorAll('[data-part]')) {
      const html = part.outerHTML;
      if (drawn.get(part.id) === html) continue;
      drawn.set(part.id, html);
      $(part.id).replaceWith(document.adoptNode(part));
      if (part.id === 'part-band') {
        part.classList.add('fresh');
        $('say').textContent = [...part.querySelectorAll('h1, .band-line')].map((p) => p.textContent).join('. ');
      }
    }
    $('clock').textContent = live.dataset.clock;
    if (live.dataset.version !== document.body.dataset.version) location.reload();
  };
  let lostSince = '';
  let busy = false;
  let again = false;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch('/scanners/setup/live', { cache: 'no-store', signal: AbortSignal.timeout(4000) });
      const live = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live');
      if (!answer.ok || !live) throw new Error(`the station answered ${answer.status}`);
      lostSince = '';
      swap(live);
    } catch {
      lostSince = lostSince || new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });
    }
    document.body.classList.toggle('lost', lostSince !== '');
    $('lost').hidden = lostSince === '';
    $('lost').firstElementChild.textContent = `Connection lost since ${lostSince}. What you see below is old.`;
    busy = false;
    if (again) { again = false; soon(); }
  };
  let timer = 0;
  const soon = () => { if (!timer) timer = setTimeout(() => { timer = 0; refresh(); }, 50); };
  const listen = () => {
    const events = new EventSource('/v1/events');
    events.onopen = soon;
    events.onerror = () => { if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000); };
    events.addEventListener('scan', soon);
    events.addEventListener('change', soon);
  };
  listen();
  setInterval(soon, 2000);

  // --- scanners that type --------------------------------------------------
  const scans = window.waybill.scanKeys();
  const post = async (data) => {
    const before = notices;
    try {
      const answer = await fetch('/v1/scans', {
        method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'application/json, application/problem+json', 'Idempotency-Key': scans.of(data) },
        body: JSON.stringify({ data }), signal: AbortSignal.timeout(5000),
      });
      scans.answered();
      const says = await answer.json();
      if (!answer.ok) notice(says.detail || says.title);
      else if (says.code === 'set_up' || says.code === 'to_set_up') { if (notices === before) notice(''); } // what was said since is of a later scan
      else notice(`That was not the barcode of this page. ${says.message}`);
    } catch {
      notice('The station did not answer. Scan again.');
    }
    soon();
  };
  window.waybill.keys({ field: null, form: null, writing: () => false, send: post, play: () => {}, notice });
})();
