package driver

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"waybill/internal/fault"
	"waybill/printer"
	"waybill/printer/ipp"
)

// Ticket creates a job without a document, which prints nothing. The ticket is
// the job's number and, where the printer gives one, its UUID: a printer that
// was switched off may count from 1 again.
func (p *ippPrinter) Ticket(ctx context.Context) (string, error) {
	p.ticket, p.held = "", ""
	if !p.known {
		if _, err := p.Identity(ctx); err != nil {
			return "", err
		}
	}
	if !p.creates {
		return "", nil
	}
	reply, _, err := p.wire.ask(ctx, ipp.CreateJob, p.jobTemplate(), nil, jobName())
	if err != nil {
		return "", p.transient("number for a job", err)
	}
	id, ok := reply.Attribute(ipp.JobGroup, "job-id").Int()
	if !ok {
		return "", p.transient("number for a job", errors.New("the printer gives it none"))
	}
	uuid := reply.Attribute(ipp.JobGroup, "job-uuid").Text()
	if uuid == "" {
		// CUPS has one and keeps it back.
		if job, err := p.job(ctx, id); err == nil {
			uuid = job.Attribute(ipp.JobGroup, "job-uuid").Text()
		}
	}
	p.ticket = strings.TrimSpace(strconv.Itoa(id) + " " + uuid)
	return p.ticket, nil
}

// jobName is what people see in a queue. Nothing is ever found by it.
func jobName() ipp.Attribute {
	return ipp.Strings("job-name", ipp.Name, "Waybill label "+rand.Text()[:8])
}

// jobTemplate asks for the label's own size where the printer may scale.
func (p *ippPrinter) jobTemplate() []ipp.Attribute {
	if !p.unscaled {
		return nil
	}
	return []ipp.Attribute{ipp.Strings("print-scaling", ipp.Keyword, "none")}
}

// transient is the error of a step before the document.
func (p *ippPrinter) transient(what string, err error) error {
	return &fault.Error{Op: fmt.Sprintf("%s at printer %q", what, p.name), Kind: fault.Transient, Err: err}
}

// Print sends the label into the job that Ticket has created, or as a job of
// its own.
func (p *ippPrinter) Print(ctx context.Context, content []byte) error {
	if err := ctx.Err(); err != nil {
		return p.transient("label", err)
	}
	if !p.known {
		if _, err := p.Identity(ctx); err != nil || !p.known {
			return p.transient("label", errors.Join(err, errors.New("the printer does not say what it takes")))
		}
	}
	format, err := p.format(content)
	if err == nil {
		err = p.validate(ctx, format)
	}
	if err != nil {
		p.abandon(ctx)
		return err
	}
	operation, job := ipp.PrintJob, p.jobTemplate()
	about := []ipp.Attribute{jobName(), ipp.Strings("document-format", ipp.MimeMediaType, format)}
	if id, _, ok := readTicket(p.ticket); ok {
		operation, job = ipp.SendDocument, nil
		about[0] = ipp.Int("job-id", ipp.Integer, int32(id))
		about = append(about, ipp.Bool("last-document", true))
	}
	reply, left, err := p.wire.ask(ctx, operation, job, content, about...)
	if err != nil {
		return p.unprinted(ctx, left, err)
	}
	if operation == ipp.PrintJob {
		if id, ok := reply.Attribute(ipp.JobGroup, "job-id").Int(); ok {
			p.ticket = strings.TrimSpace(strconv.Itoa(id) + " " + reply.Attribute(ipp.JobGroup, "job-uuid").Text())
		}
	}
	return nil
}

// unprinted says what the error of a print request means for the label.
func (p *ippPrinter) unprinted(ctx context.Context, left bool, err error) error {
	e := &fault.Error{Op: fmt.Sprintf("label for printer %q", p.name), Err: err}
	var refusal *ippRefusal
	switch {
	case errors.As(err, &refusal) && refusal.format():
		e.Kind = fault.Permanent
		p.abandon(ctx)
	case !left, errors.As(err, &refusal) && refusal.untaken():
		e.Kind = fault.Transient
	default:
		e.Kind = fault.Uncertain
		e.Hint = "Look whether the label came out before printing it again."
	}
	return e
}

// abandon takes back the job of a label that is not sent. An empty job does no
// harm, so that nothing is made of an error.
func (p *ippPrinter) abandon(ctx context.Context) {
	if p.ticket != "" {
		_ = p.Withdraw(ctx, p.ticket)
		p.ticket = ""
	}
}

// format returns the kind of document that content is, as this printer calls it.
func (p *ippPrinter) format(content []byte) (string, error) {
	const raw, any = "application/vnd.cups-raw", "application/octet-stream"
	var wanted []string
	switch {
	case bytes.HasPrefix(content, []byte("%PDF-")):
		wanted = []string{"application/pdf"}
	case bytes.HasPrefix(content, []byte("^")), bytes.HasPrefix(content, []byte("~")):
		wanted = []string{"application/vnd.zebra-zpl", "application/vnd.zebra-epl+zpl", raw, any}
	default:
		wanted = []string{raw, any}
	}
	if p.queue {
		// Told "octet-stream", a queue guesses, and may print the letters.
		wanted = slices.DeleteFunc(wanted, func(s string) bool { return s == any })
	}
	for _, format := range wanted {
		if slices.Contains(p.formats, format) {
			return format, nil
		}
	}
	return "", &fault.Error{
		Op: fmt.Sprintf("label for printer %q", p.name), Kind: fault.Permanent,
		Err:  fmt.Errorf("it does not take %s; it takes %s", wanted[0], strings.Join(p.formats, ", ")),
		Hint: "Set the printer's language in the configuration to one that it takes.",
	}
}

// validate asks, once for a kind of document, whether a job would be taken. A
// printer that cannot say is sent one.
func (p *ippPrinter) validate(ctx context.Context, format string) error {
	if p.validated == format {
		return nil
	}
	_, _, err := p.wire.ask(ctx, ipp.ValidateJob, p.jobTemplate(), nil, jobName(), ipp.Strings("document-format", ipp.MimeMediaType, format))
	var refusal *ippRefusal
	switch {
	case err == nil, errors.As(err, &refusal) && refusal.status == ipp.OperationUnsupported:
		p.validated = format
		return nil
	case errors.As(err, &refusal) && refusal.format():
		return &fault.Error{Op: fmt.Sprintf("label for printer %q", p.name), Kind: fault.Permanent, Err: err}
	}
	return p.transient("label", err)
}

// readTicket returns the job's number and UUID.
func readTicket(ticket string) (id int, uuid string, ok bool) {
	number, uuid, _ := strings.Cut(ticket, " ")
	id, err := strconv.Atoi(number)
	return id, uuid, err == nil && id > 0
}

// job asks for what a label's account is made of.
func (p *ippPrinter) job(ctx context.Context, id int) (ipp.Message, error) {
	reply, _, err := p.wire.ask(ctx, ipp.GetJobAttributes, nil, nil, ipp.Int("job-id", ipp.Integer, int32(id)),
		ipp.Strings("requested-attributes", ipp.Keyword, "job-id", "job-uuid", "job-state", "job-state-reasons", "job-state-message",
			"job-impressions-completed", "job-media-sheets-completed", "time-at-processing", "job-printer-state-message"))
	return reply, err
}

// Account asks what became of a label's job.
func (p *ippPrinter) Account(ctx context.Context, ticket string) (printer.Account, error) {
	if ticket == "" {
		ticket = p.ticket
	}
	p.held = ""
	id, uuid, ok := readTicket(ticket)
	if !ok {
		return printer.Account{Reason: "The printer gave the label no number by which to ask for it."}, nil
	}
	reply, err := p.job(ctx, id)
	var refusal *ippRefusal
	switch {
	case errors.Is(err, errIPPSilent):
		return printer.Account{}, nil
	case errors.As(err, &refusal) && (refusal.status == ipp.NotFound || refusal.status == ipp.Gone):
		return printer.Account{Reason: fmt.Sprintf("The printer no longer knows the label's job, number %d.", id)}, nil
	case errors.As(err, &refusal):
		return printer.Account{}, nil
	case err != nil:
		return printer.Account{}, err
	}
	if now := reply.Attribute(ipp.JobGroup, "job-uuid").Text(); uuid != "" && now != "" && now != uuid {
		return printer.Account{Reason: fmt.Sprintf("The printer has given the number of the label's job, %d, to another one since.", id)}, nil
	}
	a, held := p.judge(reply, p.withdrawn[ticket])
	p.held = held
	return a, nil
}

// judge says what a job's attributes mean. held is why it does not move.
func (p *ippPrinter) judge(reply ipp.Message, withdrawn bool) (a printer.Account, held string) {
	at := func(name string) ipp.Attribute { return reply.Attribute(ipp.JobGroup, name) }
	reasons := at("job-state-reasons")
	state, _ := at("job-state").Int()
	begun := true
	if v := at("time-at-processing").Values; len(v) > 0 && v[0].Tag == ipp.NoValue {
		begun = false
	}
	words := jobWords(at("job-state-message").Text(), reasons.Texts(), at("job-printer-state-message").Text())
	switch ipp.JobState(state) {
	case ipp.JobHeld:
		if reasons.Has("job-incoming") || reasons.Has("job-data-insufficient") {
			return printer.Account{Verdict: printer.NotPrinted}, "" // the document never arrived
		}
		return printer.Account{Verdict: printer.StillComes}, words
	case ipp.JobPending, ipp.JobProcessing:
		return printer.Account{Verdict: printer.StillComes}, ""
	case ipp.JobStopped:
		return printer.Account{Verdict: printer.StillComes}, words
	case ipp.JobCancelled:
		switch {
		case !begun && withdrawn:
			return printer.Account{Verdict: printer.NotPrinted}, ""
		case !begun:
			return printer.Account{Reason: "Somebody cancelled the label's job at the printer before it was printed."}, ""
		}
		return printer.Account{Reason: fmt.Sprintf("The label's job was cancelled at the printer while it was printed (%s).", words)}, ""
	case ipp.JobAborted:
		if !begun {
			return printer.Account{Verdict: printer.NotPrinted}, ""
		}
		return printer.Account{Reason: fmt.Sprintf("The printer gave up the label's job (%s).", words)}, ""
	case ipp.JobCompleted:
		return p.completed(reply, words), ""
	}
	return printer.Account{}, ""
}

// completed says what it proves that a job is completed. The standard means
// that its sheets lie in the tray (RFC 8011, section 5.3.7); a queue means that
// it has got rid of the bytes, even to a printer that was switched off on them.
func (p *ippPrinter) completed(reply ipp.Message, words string) printer.Account {
	at := func(name string) ipp.Attribute { return reply.Attribute(ipp.JobGroup, name) }
	switch reasons := at("job-state-reasons"); {
	case p.queue, reasons.Has("queued-in-device"):
		return printer.Account{Reason: "The print queue has handed the label on; whether it came out, a queue cannot see."}
	case reasons.Has("job-completed-with-errors"):
		return printer.Account{Reason: fmt.Sprintf("The printer completed the label's job with errors (%s).", words)}
	}
	counted := false
	for _, name := range []string{"job-impressions-completed", "job-media-sheets-completed"} {
		n, ok := at(name).Int()
		if n > 0 {
			return printer.Account{Verdict: printer.Printed, Evidence: printer.E3}
		}
		counted = counted || ok
	}
	if counted {
		return printer.Account{Reason: "The printer says that the label's job is completed, and has counted no page of it."}
	}
	return printer.Account{Verdict: printer.Printed, Evidence: printer.E2}
}

// jobWords puts together what a printer says of a job.
func jobWords(message string, reasons []string, printerMessage string) string {
	var words []string
	for _, w := range append([]string{message, printerMessage}, reasons...) {
		if w = strings.TrimSpace(w); w != "" && w != "none" && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return "it gives no reason"
	}
	return strings.Join(words, "; ")
}

// Withdraw cancels a label's job unless it has ended. A job that is cancelled
// may take a moment to end; then the answer is an error, and Withdraw is to be
// called again.
func (p *ippPrinter) Withdraw(ctx context.Context, ticket string) error {
	id, uuid, ok := readTicket(ticket)
	if !ok {
		return nil
	}
	for cancelled := false; ; cancelled = true {
		reply, err := p.job(ctx, id)
		var refusal *ippRefusal
		if errors.As(err, &refusal) && (refusal.status == ipp.NotFound || refusal.status == ipp.Gone) {
			return nil
		}
		if err != nil {
			return p.transient("job "+strconv.Itoa(id), err)
		}
		if now := reply.Attribute(ipp.JobGroup, "job-uuid").Text(); uuid != "" && now != "" && now != uuid {
			return nil // another one's
		}
		state, _ := reply.Attribute(ipp.JobGroup, "job-state").Int()
		switch {
		case ipp.JobState(state) >= ipp.JobCancelled:
			return nil
		case cancelled:
			return p.transient("job "+strconv.Itoa(id), errors.New("it is being cancelled"))
		}
		_, _, err = p.wire.ask(ctx, ipp.CancelJob, nil, nil, ipp.Int("job-id", ipp.Integer, int32(id)))
		if err != nil && !(errors.As(err, &refusal) && refusal.status == ipp.NotPossible) {
			return p.transient("job "+strconv.Itoa(id), err)
		}
		p.withdrawn[ticket] = true
	}
}
