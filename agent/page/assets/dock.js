// The page of the dock. It shows what the station says, sends scans and what is
// pressed, and takes the driver's strokes. It decides nothing.
(() => {
  'use strict';
  const $ = (id) => document.getElementById(id);
  const handoff = document.body.dataset.handoff;
  const notice = (text) => { $('notice').hidden = !text; $('notice').firstElementChild.textContent = text; };
  $('notice').querySelector('button').addEventListener('click', () => notice(''));
  const sound = window.waybill.sound($('sound'), (text) => { $('say').textContent = text; });
  const { id } = window.waybill;

  // A request that may come twice counts once: a press keeps its key until the
  // station has answered. So what is meant must be in the body: the same words
  // about another parcel would be taken for the press before. Ten minutes later the
  // same words are a new wish.
  const keys = new Map();
  let scans = window.waybill.scanKeys();
  const send = async (path, body) => {
    const said = path + JSON.stringify(body);
    const scanned = path === '/v1/scans';
    if (!scanned && !(Date.now() - keys.get(said)?.at < 600000)) keys.set(said, { id: id(), at: Date.now() });
    const answer = await fetch(path, {
      method: 'POST', body: JSON.stringify(body), signal: AbortSignal.timeout(8000),
      headers: { 'Content-Type': 'application/json', Accept: 'application/json, application/problem+json', 'Idempotency-Key': body.damaged ? id() : scanned ? scans.of(body.data) : keys.get(said).id },
    });
    const says = await answer.json().catch(() => ({}));
    keys.delete(said);
    if (scanned && !body.damaged) scans.answered();
    else if (!scanned) scans = window.waybill.scanKeys(); // what is scanned again after something else is a scan of its own: it may have been undone
    if (!answer.ok) throw Object.assign(new Error(says.detail || says.title || `the station answered ${answer.status}`), { status: answer.status, says });
    return says;
  };
  const lost = (e) => notice(e.status ? e.message : 'The station did not answer. Look whether it was done, then press again; it counts once.');

  // --- the live part -------------------------------------------------------
  let keyed = 0; // when a key was pressed last
  window.addEventListener('keydown', () => { keyed = Date.now(); }, true);
  let drawn = $('live').outerHTML;
  let busy = false;
  let again = false;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch('/dock/live' + (handoff ? '?handoff=' + encodeURIComponent(handoff) : ''), { cache: 'no-store', signal: AbortSignal.timeout(4000) });
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live');
      if (!answer.ok || !fresh) throw new Error('no page');
      document.body.classList.remove('lost');
      const html = fresh.outerHTML;
      if (html !== drawn) {
        const before = $('live');
        const scroll = before.querySelector('.missing ul')?.scrollTop ?? 0;
        const told = before.querySelector('.told').dataset.at;
        const focus = before.contains(document.activeElement) ? document.activeElement.id : '';
        before.replaceWith(document.adoptNode(fresh));
        drawn = html;
        const list = fresh.querySelector('.missing ul');
        if (list) list.scrollTop = scroll;
        if (focus) $(focus)?.focus({ preventScroll: true });
        const band = fresh.querySelector('.told');
        if (band.dataset.at !== told) $(band.dataset.kind === 'stop' ? 'shout' : 'say').textContent = [...band.querySelectorAll('h1, .band-line')].map((p) => p.textContent).join('. ');
        if (fresh.dataset.open !== 'yes' && $('close')) for (const id of ['close', 'returned']) $(id)?.closest('section').remove();
      }
      // A scan has opened one. Not while somebody types, or a scan has
      // no answer yet: it would be lost.
      if (!handoff && fresh.dataset.open === 'yes' && Date.now() - keyed > 1500 && !field.value && !waiting) location.reload();
      $('clock').textContent = fresh.dataset.clock;
    } catch {
      if (!document.body.classList.contains('lost')) notice('No connection to the station. What you see is old; do not let the van go.');
      document.body.classList.add('lost');
    }
    busy = false;
    if (again) { again = false; soon(); }
  };
  let timer = 0;
  const soon = () => { if (!timer) timer = setTimeout(() => { timer = 0; refresh(); }, 60); };
  const listen = () => {
    const events = new EventSource('/v1/events');
    events.onopen = soon;
    events.onerror = () => { if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000); };
    events.addEventListener('scan', (e) => {
      try {
        const said = JSON.parse(e.data);
        if (said.place === 'dock') sound.play(said.signal); // the bench has a page of its own
      } catch { /* not for us */ }
    });
    for (const t of ['scan', 'change', 'label.printed', 'label.voided', 'parcel.handed_over', 'parcel.taken_back', 'handoff.opened', 'handoff.closed', 'handoff.taken_over', 'handoff.yielded', 'handoff.merged', 'parcel.taken_over', 'parcel.yielded', 'parcel.merged', 'cutoff.missed', 'order.changed', 'order.instructed']) {
      events.addEventListener(t, soon);
      events.addEventListener(`waybill.${t}.v1`, soon);
    }
  };
  listen();
  setInterval(soon, 5000);

  // --- scans typed here ----------------------------------------------------
  const field = $('number');
  let waiting = 0;
  let asked = Promise.resolve();
  const name = (data) => `“${data.length > 40 ? data.slice(0, 40) + '…' : data}”`;
  const scan = (data) => { // one after the other, in the order they came
    if (waiting >= 20) { sound.play('bad'); notice(`${name(data)} was not taken: 20 scans wait already. Scan it again in a moment.`); return; }
    waiting++;
    asked = asked.then(() => send('/v1/scans', { data, role: 'dock', handoff: handoff || undefined }).then(() => notice(''), (err) => {
      sound.play('bad');
      notice(err.status ? `${name(data)} was not taken: ${err.message}` : `${name(data)} may not be recorded: the station did not answer. Scan it again; it counts once.`);
    })).then(() => { waiting--; soon(); });
  };
  // What is no whole scan is kept with its bytes, and the band says so. What to do, the
  // notice has said by then, so that it does not matter here whether it arrives.
  const damaged = (data, why) => {
    if (!data || waiting >= 20) return;
    waiting++;
    asked = asked.then(() => send('/v1/scans', { data, role: 'dock', handoff: handoff || undefined, damaged: why }).catch(() => {})).then(() => { waiting--; soon(); });
  };
  $('typed').addEventListener('submit', (e) => {
    e.preventDefault();
    const data = field.value.trim();
    field.value = '';
    field.focus();
    if (data) scan(data);
  });
  // What did not leave with the pick-up that is corrected here.
  const returned = $('returned');
  const takeBack = async (number) => {
    const reason = $('why').value.trim() || 'did not leave; said on the page of the dock';
    try {
      await send(`/v1/handoffs/${handoff}/undo`, { tracking_number: number, reason });
      notice('');
      $('stayed').value = '';
    } catch (err) { sound.play('bad'); lost(err); $('stayed').select(); }
    soon();
  };
  returned?.addEventListener('submit', (e) => {
    e.preventDefault();
    const number = $('stayed').value.trim();
    if (number) takeBack(number);
  });
  // Names are written elsewhere on the page, also while a scanner is at work. With the
  // focus where it is asked for what did not leave, a scan says that.
  window.waybill.keys({
    field, form: $('typed'), play: sound.play, notice, damaged,
    send: (data) => { if (returned && document.activeElement === $('stayed')) takeBack(data); else scan(data); },
    writing: (e) => e.target.matches?.('#driver, #trailer, input#door, #taker, #stayed, #why') ?? false,
  });

  // --- undo, open ----------------------------------------------------------
  document.addEventListener('click', async (e) => {
    const undo = e.target.closest('button.undo');
    if (!undo || undo.dataset.sent) return;
    undo.dataset.sent = 'yes';
    const scan = { tracking_number: undo.dataset.number, entry: Number(undo.dataset.entry) }; // what the button says, not what came since
    try { await send(`/v1/handoffs/${handoff}/undo`, { ...scan, reason: 'undone on the page of the dock' }); notice(''); } catch (err) { lost(err); }
    delete undo.dataset.sent;
    soon();
  });
  const services = $('service');
  const fit = () => { // a carrier's own services
    if (!services) return;
    for (const o of services.options) o.hidden = o.disabled = o.value !== '' && o.dataset.carrier !== $('carrier').value;
    if (services.selectedOptions[0]?.disabled) services.value = '';
  };
  fit();
  $('carrier').addEventListener('change', fit);
  document.addEventListener('click', async (e) => {
    const button = e.target.closest('button.correct');
    if (!button || button.disabled) return;
    button.disabled = true;
    try {
      const opened = await send('/v1/handoffs', { corrects: button.dataset.corrects });
      location.assign('/dock?handoff=' + encodeURIComponent(opened.id));
    } catch (err) { lost(err); }
    button.disabled = false;
  });
  $('open').addEventListener('submit', async (e) => {
    e.preventDefault();
    const body = {};
    for (const [k, v] of new FormData(e.target)) if (v.trim()) body[k] = v.trim();
    try {
      const opened = await send('/v1/handoffs', body);
      location.assign('/dock?handoff=' + encodeURIComponent(opened.id));
    } catch (err) { lost(err); }
  });

  // --- what somebody takes note of -----------------------------------------
  document.addEventListener('click', async (e) => {
    const seen = e.target.closest('button.seen');
    if (!seen || seen.dataset.sent) return;
    seen.dataset.sent = 'yes';
    try { await send('/v1/alarms/acknowledge', { id: seen.dataset.alarm }); notice(''); } catch (err) { lost(err); }
    delete seen.dataset.sent;
    soon();
  });

  // --- pick-ups of other stations ------------------------------------------
  const put = (to, tag, text) => { const el = document.createElement(tag); el.textContent = text; to.append(el); return el; };
  const clock = (t) => new Date(t).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });
  const carrier = (id) => $('carrier').querySelector(`option[value=${CSS.escape(id)}]`)?.textContent ?? id;
  const other = (h) => {
    const li = document.createElement('li');
    put(li, 'b', `${carrier(h.carrier)}${h.service ? ' ' + h.service : ''}`);
    put(li, 'span', ` at station ${h.station}${h.dock ? ', dock ' + h.dock : ''}${h.trailer ? ', ' + h.trailer : ''}: ${h.count} handed over, open since ${clock(h.opened)}${h.heard ? ', last heard of ' + clock(h.heard) : ''} `);
    const button = put(li, 'button', 'Go on with it here');
    button.type = 'button';
    button.addEventListener('click', async () => {
      const by = $('taker').value.trim();
      if (!by) { notice('Say who you are first: it is kept who took a pick-up over.'); $('taker').focus(); return; }
      button.disabled = true;
      try {
        await send(`/v1/handoffs/${h.id}/take-over`, { from: h.station, by });
        location.assign('/dock?handoff=' + encodeURIComponent(h.id));
      } catch (err) { lost(err); button.disabled = false; }
    });
    return li;
  };
  $('look')?.addEventListener('click', async () => {
    try {
      const answer = await fetch('/v1/hub/handoffs', { cache: 'no-store', headers: { Accept: 'application/json, application/problem+json' }, signal: AbortSignal.timeout(15000) });
      const said = await answer.json();
      if (!answer.ok) throw Object.assign(new Error(said.detail || said.title), { status: answer.status });
      $('others').replaceChildren(...said.handoffs.map(other));
      const old = said.as_of ? ` What you see is of ${clock(said.as_of)}.` : '';
      $('away').textContent = said.problem ? `The hub does not answer, and only the hub can give a pick-up over.${old}` : said.handoffs.length ? '' : 'No other station has one open.';
      $('away').hidden = !$('away').textContent;
    } catch (err) { lost(err); }
  });

  // --- parcels of stations that are gone -------------------------------------
  const admissions = (said) => $('admitted').replaceChildren(...said.stations.map((a) => {
    const li = document.createElement('li');
    put(li, 'span', `Of station ${a.station}, until ${clock(a.until)}, says ${a.by} `);
    const button = put(li, 'button', 'No more');
    button.type = 'button';
    button.addEventListener('click', async () => {
      try { admissions(await send(`/v1/hub/stations/${encodeURIComponent(a.station)}/end-admission`, {})); } catch (err) { lost(err); }
    });
    return li;
  }));
  const lookAdmitted = async () => {
    const answer = await fetch('/v1/hub/stations', { cache: 'no-store', headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(15000) });
    if (answer.ok) admissions(await answer.json());
  };
  if ($('admit')) lookAdmitted().catch(() => {});
  $('admit')?.addEventListener('submit', async (e) => {
    e.preventDefault();
    const by = $('taker').value.trim();
    if (!by) { notice('Say who you are first: it is kept with every parcel.'); $('taker').focus(); return; }
    try {
      await send(`/v1/hub/stations/${encodeURIComponent($('gone').value.trim())}/admit`, { by });
      $('gone').value = '';
      await lookAdmitted();
    } catch (err) { lost(err); }
  });

  // --- the driver signs, and the pick-up is closed -------------------------
  const form = $('close');
  if (!form) return;
  const paper = $('sign');
  const pen = paper.getContext('2d');
  pen.lineWidth = 3; pen.lineCap = 'round'; pen.lineJoin = 'round'; pen.strokeStyle = '#000';
  let strokes = [];
  let points = 0;
  let down = null;
  const at = (e) => {
    const box = paper.getBoundingClientRect();
    const fit = (v, max) => Math.max(0, Math.min(max, Math.round(v)));
    return [fit((e.clientX - box.left) * 600 / box.width, 600), fit((e.clientY - box.top) * 200 / box.height, 200)];
  };
  const line = (a, b) => { pen.beginPath(); pen.moveTo(...a); pen.lineTo(...b); pen.stroke(); };
  paper.addEventListener('pointerdown', (e) => {
    if (strokes.length >= 200 || points >= 4990) return;
    paper.setPointerCapture(e.pointerId);
    down = [at(e)];
    strokes.push(down);
    points++;
    line(down[0], down[0]);
    e.preventDefault();
  });
  paper.addEventListener('pointermove', (e) => {
    if (!down || points >= 4990) return;
    const p = at(e);
    const last = down[down.length - 1];
    if (Math.abs(p[0] - last[0]) + Math.abs(p[1] - last[1]) < 2) return;
    line(last, p);
    down.push(p);
    points++;
  });
  for (const type of ['pointerup', 'pointercancel']) paper.addEventListener(type, () => { down = null; });
  $('wipe').addEventListener('click', () => { strokes = []; points = 0; pen.clearRect(0, 0, 600, 200); });

  const finish = async (missing) => {
    const body = { driver: $('driver').value.trim() || undefined, confirm_missing: missing || undefined };
    if (points > 1) body.signature = { strokes };
    try {
      await send(`/v1/handoffs/${handoff}/close`, body);
      $('confirm').hidden = true;
      notice('');
    } catch (err) {
      if (err.status) $('confirm').hidden = true; // what it asks about is no longer true
      lost(err);
    }
    soon();
  };
  form.addEventListener('submit', (e) => {
    e.preventDefault();
    const missing = Number($('live').dataset.missing);
    if (!missing) { finish(0); return; }
    $('confirm').hidden = false;
    $('confirm').dataset.missing = missing;
    $('confirm').querySelector('b').textContent = `${missing} missing. Leave ${missing === 1 ? 'it' : 'them'} behind?`;
    $('confirm').querySelector('.back').focus(); // Enter leaves nothing behind
  });
  $('confirm').querySelector('.danger').addEventListener('click', () => finish(Number($('confirm').dataset.missing)));
  $('confirm').querySelector('.back').addEventListener('click', () => { $('confirm').hidden = true; field.focus(); });
})();
