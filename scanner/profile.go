package scanner

// Profiles returns the models we know how to tell good from bad, the plain ones
// first. A scanner's own beep on decoding should be switched off where it can
// be, so that the only good beep is ours: the scan is on disk.
func Profiles() []Profile {
	return []Profile{
		{Name: "none"},
		// Answer characters, for scanners set to wait for the host and for simulated ones.
		{Name: "ack_nak", Good: []byte{0x06}, Bad: []byte{0x15}, Warn: []byte{0x07}},
		// SYN BEL CR is one beep; the model has no other tone for the host, so the
		// number of beeps tells the rest.
		{Name: "honeywell", Good: times(1, 0x16, 0x07, 0x0D), Bad: times(3, 0x16, 0x07, 0x0D), Warn: times(2, 0x16, 0x07, 0x0D)},
		// The older hand-held class of the same maker: ESC 7 good, ESC 8 bad, ESC 5 a middle beep.
		{Name: "honeywell_esc", Good: []byte{0x1B, '7'}, Bad: []byte{0x1B, '8'}, Warn: []byte{0x1B, '5'}},
		// BEL, where "beep on BEL" is enabled.
		{Name: "zebra", Good: times(1, 0x07), Bad: times(3, 0x07), Warn: times(2, 0x07)},
		// The beeper's patterns in Zebra's Simple Serial Interface: one short high, the
		// slow warble, two short low. It goes with protocol: ssi.
		{Name: "zebra_ssi", Good: ssiBeep(0x00), Bad: ssiBeep(0x15), Warn: ssiBeep(0x06)},
		{Name: "bel", Good: times(1, 0x07), Bad: times(3, 0x07), Warn: times(2, 0x07)},
		// 01 forces the good-read tone. The "not on file" command sounds better for
		// bad, but switches the scanner off until another command comes through.
		{Name: "datalogic", Good: times(1, 0x01), Bad: times(3, 0x01), Warn: times(2, 0x01)},
		// Cordless: a text message of tones, ended by CR.
		{Name: "datalogic_cordless", Good: []byte("\x1b[3q\r"), Bad: []byte("\x1b[2q\r"), Warn: []byte("\x1b[1q\x1b[5q\x1b[1q\r")},
		{Name: "cipherlab", Good: []byte("#@////\r"), Bad: []byte("#@////\r#@////\r#@////\r"), Warn: []byte("#@////\r#@////\r")},
	}
}

// ProfileNamed returns the profile of that name. The empty name is none.
func ProfileNamed(name string) (Profile, bool) {
	if name == "" {
		name = "none"
	}
	for _, p := range Profiles() {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// Bytes returns what tells the scanner s; none where it cannot be told.
func (p Profile) Bytes(s Signal) []byte {
	switch s {
	case Good:
		return p.Good
	case Bad, Unkept, Wait:
		return p.Bad
	case Warn:
		return p.Warn
	case Heard:
	}
	return nil
}

// Told returns the signal that the longest beginning of b stands for, and its
// length. n is 0 where b begins with no signal of the profile. more reports that
// further bytes could make it another signal.
func (p Profile) Told(b []byte) (s Signal, n int, more bool) {
	for _, k := range []Signal{Good, Bad, Warn} {
		want := p.Bytes(k)
		switch {
		case len(want) == 0:
		case len(b) >= len(want) && string(b[:len(want)]) == string(want):
			if len(want) > n {
				s, n = k, len(want)
			}
		case len(b) < len(want) && string(want[:len(b)]) == string(b):
			more = true
		}
	}
	return s, n, more
}

// String returns the signal's name.
func (s Signal) String() string {
	switch s {
	case Good:
		return "good"
	case Bad:
		return "bad"
	case Warn:
		return "warn"
	case Unkept:
		return "unkept"
	case Wait:
		return "wait"
	case Heard:
		return "heard"
	}
	return "unknown"
}

func times(n int, seq ...byte) []byte {
	var b []byte
	for range n {
		b = append(b, seq...)
	}
	return b
}
