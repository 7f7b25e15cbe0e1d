package virtual

import "waybill/scale"

// Swing keeps the load moving, or lets it come to rest.
func (s *Scale) Swing(on bool) { s.fail(func(f *faults) { f.swinging = on }) }

// Silence makes the scale answer nothing, or answer again.
func (s *Scale) Silence(on bool) { s.fail(func(f *faults) { f.silent = on }) }

// Babble makes the scale answer this, whatever it is asked; nil: as it should.
func (s *Scale) Babble(answer []byte) { s.fail(func(f *faults) { f.answer = answer }) }

// Tare makes the scale show net weights, after a tare of nothing.
func (s *Scale) Tare(on bool) { s.fail(func(f *faults) { f.net = on }) }

// SetUnit makes the scale weigh in another unit; empty: in its own.
func (s *Scale) SetUnit(u scale.Unit) { s.fail(func(f *faults) { f.unit = u }) }

// Awake makes the scale say that it was switched on with a load on it.
func (s *Scale) Awake(on bool) { s.fail(func(f *faults) { f.awaking = on }) }

func (s *Scale) fail(change func(*faults)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.faults)
}
