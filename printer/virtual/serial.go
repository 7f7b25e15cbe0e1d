package virtual

import "context"

// talk serves the host on the serial line, also behind power cuts.
func (p *Printer) talk(ctx context.Context, l *serialLine) error {
	var one line
	one.free = 1
	for ctx.Err() == nil {
		if err := p.await(ctx, func() bool { return !p.off }); err != nil {
			return nil
		}
		if err := l.reopen(); err != nil {
			return err
		}
		p.converse(ctx, &client{conn: l, serial: true}, &one, one.enter(false))
	}
	return nil
}
