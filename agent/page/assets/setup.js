// The page on which a scanner is tried: it says what the station says of a scan,
// and passes on what a scanner types.
(() => {
  'use strict';
  const answer = document.getElementById('answer');
  const tell = (text) => { answer.textContent = text; };
  const events = new EventSource('/v1/events');
  events.addEventListener('scan', (e) => {
    try { tell(JSON.parse(e.data).message); } catch { /* not for us */ }
  });
  let keys = '';
  let last = -1e9;
  document.addEventListener('keydown', (e) => {
    if (e.isComposing || e.repeat || ['Shift', 'Control', 'Alt', 'AltGraph', 'CapsLock'].includes(e.key)) return;
    if (e.timeStamp - last > 150) keys = '';
    last = e.timeStamp;
    if (e.key === 'Enter' && keys.length >= 4) {
      const data = keys;
      keys = '';
      e.preventDefault();
      fetch('/v1/scans', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ data }), signal: AbortSignal.timeout(5000) })
        .then((r) => { if (!r.ok) throw new Error(String(r.status)); return r.json(); })
        .then((r) => tell(r.message), () => tell('The station did not answer. Scan again.'));
      return;
    }
    if (e.ctrlKey && !e.altKey && e.key === ']') { e.preventDefault(); keys += '\x1d'; return; }
    if (e.key.length === 1 && !e.ctrlKey && !e.metaKey) keys += e.key;
  }, true);
})();
