// What the pages have in common: tones that answer a scan, and scanners that act
// as a keyboard. It knows no page; each hands in its own.
window.waybill = (() => {
  'use strict';
  const now = () => performance.now();

  // sound lets a button allow tones, and returns what plays them.
  const sound = (button, say) => {
    const Audio = window.AudioContext || window.webkitAudioContext;
    let audio = null;
    let lastTone = { signal: '', at: -1e9 };
    const remember = (on) => { try { localStorage.setItem('waybill.sound', on ? 'on' : 'off'); } catch { /* private window */ } };
    const remembered = () => { try { return localStorage.getItem('waybill.sound'); } catch { return null; } };
    const wanted = () => remembered() !== 'off';

    const beep = (hz, from, seconds, shape, volume) => {
      const t = audio.currentTime + from;
      const osc = audio.createOscillator();
      const gain = audio.createGain();
      osc.type = shape;
      osc.frequency.value = hz;
      gain.gain.setValueAtTime(0, t);
      gain.gain.linearRampToValueAtTime(volume, t + 0.008);
      gain.gain.setValueAtTime(volume, t + seconds - 0.02);
      gain.gain.linearRampToValueAtTime(0, t + seconds);
      osc.connect(gain).connect(audio.destination);
      osc.start(t);
      osc.stop(t + seconds);
    };
    const tones = {
      good: () => beep(1568, 0, 0.12, 'sine', 0.5),
      warn: () => { beep(880, 0, 0.13, 'triangle', 0.6); beep(622, 0.17, 0.2, 'triangle', 0.6); },
      bad: () => { beep(165, 0, 0.24, 'square', 0.35); beep(165, 0.32, 0.34, 'square', 0.35); },
    };
    let on = false;
    const soundOn = () => on && audio.state === 'running';
    const play = (signal) => {
      // The answer to our own request and the station's event may both ask for it.
      if (!tones[signal] || (signal === lastTone.signal && now() - lastTone.at < 150)) return;
      lastTone = { signal, at: now() };
      if (soundOn()) tones[signal]();
    };
    const drawSound = (is) => {
      on = is;
      button.classList.toggle('on', on);
      button.lastElementChild.textContent = on ? 'Sound on' : 'Allow sound';
    };
    const startSound = () => {
      try { audio = audio || new Audio(); } catch { return Promise.resolve(false); }
      return audio.resume().then(() => audio.state === 'running', () => false);
    };
    if (Audio) {
      button.hidden = false;
      button.addEventListener('click', () => {
        if (soundOn()) { drawSound(false); remember(false); say('Sound is off.'); return; }
        startSound().then((is) => { drawSound(is); remember(is); if (is) { tones.good(); say('Sound is on.'); } });
      });
      // Who allowed it before needs not press again: any touch of the page will do.
      for (const type of ['pointerdown', 'keydown']) {
        document.addEventListener(type, (e) => {
          if (audio?.state === 'suspended' && remembered() === 'on' && !button.contains(e.target)) startSound();
        }, true);
      }
      // A kiosk browser may be allowed to sound from the start.
      if (wanted()) {
        try { audio = new Audio(); } catch { audio = null; }
        if (audio) {
          if (audio.state === 'running') drawSound(true);
          audio.addEventListener('statechange', () => { if (audio.state !== 'running') drawSound(false); else if (wanted()) drawSound(true); });
        }
      }
    }
    return { play };
  };

  // keys catches scans that come as keys. writing says of an event that somebody
  // is writing there, damaged keeps what is no whole scan, and why.
  const keys = ({ field, form, writing, send, play, notice, damaged = () => {} }) => {
    // A scanner that acts as a keyboard types faster than a hand. Its keys are
    // caught wherever the focus is, so that its Enter presses no button. A scan of
    // which a part may be missing is never sent. In the field, what is seen is sent.
    const FAST = 35; // ms between the keys of a scan
    const GAP = 150; // ms after which keys no longer belong together
    const MEND = 1500; // ms after an interrupted scan in which the next keys may be its rest
    let typed = '';
    let slow = 0; // gaps within keys that were not a scanner's
    let first = 0;
    let last = -1e9;
    let broken = -1e9; // when a scan stopped without an end
    let alone = 0;
    let digits = ''; // pressed with Alt: they are the number of one character
    let odd = ''; // a number of which no character is known
    const fast = () => typed.length - 1 - slow;
    const forget = () => { typed = ''; slow = 0; digits = ''; odd = ''; clearTimeout(alone); };
    const unended = (at) => {
      if (fast() >= 2) broken = at;
      if (fast() >= 7) { play('bad'); notice('A scan came without Enter at its end and was not taken. Scan again; if it repeats, set the scanner to send Enter after each scan.'); damaged(typed, 'no Enter at its end; if it repeats, set the scanner to send Enter after each scan'); }
      forget();
    };
    const ended = (e, typing) => {
      if (odd) {
        play('bad');
        notice(`The scan has a character that is not known here (Alt+${odd}) and was not taken. Set the scanner to send control characters as Ctrl and a key.`);
        damaged(typed, `it has a character that is not known here, Alt+${odd}; set the scanner to send control characters as Ctrl and a key`);
        if (typing) field.select();
        forget();
        e.preventDefault();
        e.stopPropagation();
        return;
      }
      const data = typed;
      const scan = data.length >= 4 && slow === 0 && first - broken > MEND;
      const pieces = !scan && fast() >= 3;
      forget();
      last = -1e9;
      if (!scan && !pieces) return; // a hand
      if (scan && writing(e)) e.target.value = e.target.value.replace(data, ''); // it is a scan, no part of the answer
      if (typing && e.key === 'Enter') return; // the form sends what it shows
      e.preventDefault();
      e.stopPropagation();
      if (typing) {
        form.requestSubmit();
      } else if (scan) {
        send(data);
      } else {
        broken = -1e9;
        play('bad');
        notice('The scan came in pieces and was not taken. Scan it again.');
        damaged(data, 'it came in pieces');
      }
    };
    document.addEventListener('keydown', (e) => {
      if (e.isComposing || e.repeat || ['Shift', 'Control', 'Alt', 'AltGraph', 'CapsLock'].includes(e.key)) return;
      const at = e.timeStamp;
      const gap = at - last;
      const typing = e.target === field;
      const control = e.ctrlKey && !e.altKey ? e.key.toLowerCase() : '';
      if (e.altKey && !e.ctrlKey && /^[0-9]$/.test(e.key)) {
        if (gap > GAP && !digits) { if (typed && !typing) unended(at); else forget(); }
        digits += e.key;
        last = at;
        clearTimeout(alone);
        return;
      }
      if (gap > GAP && typed && !typing) unended(at);
      else if (gap > GAP) forget();
      if (e.key === 'Enter' || e.key === 'Tab' || control === 'j' || control === 'm') { ended(e, typing); return; }
      const char = control === ']' ? '\x1d' : !control && !e.metaKey && e.key.length === 1 ? e.key : '';
      if (!char) { forget(); return; }
      if (!typed) first = at;
      else if (gap >= FAST) slow++;
      else if (!typing && !writing(e)) e.preventDefault(); // no space may press a button
      if (char === '\x1d' && typing) { e.preventDefault(); field.setRangeText(char, field.selectionStart, field.selectionEnd, 'end'); }
      typed += char;
      last = at;
      clearTimeout(alone);
      if (!typing) alone = setTimeout(() => unended(last), 400);
    }, true);
    // Letting go of Alt makes a character of the number: control characters and
    // ASCII have their own, and with a leading 0 those of Windows-1252 that Latin-1
    // has, too. What can be seen the system writes into the field by itself.
    document.addEventListener('keyup', (e) => {
      if (e.key !== 'Alt' || !digits) return;
      const n = Number(digits);
      const known = digits.length <= 5 && (n < 128 || (digits[0] === '0' && n >= 160 && n < 256));
      if (known) {
        const char = String.fromCharCode(n);
        if (!typed) first = e.timeStamp;
        if (n < 32 && e.target === field) field.setRangeText(char, field.selectionStart, field.selectionEnd, 'end');
        typed += char;
      } else {
        odd = odd || digits;
      }
      digits = '';
      last = e.timeStamp;
      clearTimeout(alone);
      if (e.target !== field) alone = setTimeout(() => unended(last), 400);
    }, true);
  };

  // id is a text that nobody chose before.
  const id = () => (crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join(''));

  // scanKeys gives scans their keys: the same data keeps its key while it has no
  // answer, up to a minute, and for half a second after each look, so that a scanner
  // which sees its label twice counts once. Whatever else comes between makes it a
  // scan of its own.
  const scanKeys = () => {
    let last = { data: '', key: '', at: -1e9, open: false };
    return {
      of: (data) => {
        const age = now() - last.at;
        if (data !== last.data || age >= (last.open ? 60000 : 500)) last = { data, key: id(), open: true };
        last.at = now();
        return last.key;
      },
      answered: () => { last.open = false; },
    };
  };

  return { now, id, sound, keys, scanKeys };
})();
