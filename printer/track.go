package printer

import "context"

// A Tracker is a Printer that keeps an account of every label under a ticket of
// its own, such as the number of a print job, and can be asked for it later,
// over another connection too. It is optional: test for it with a type
// assertion. Of a Tracker, only the account proves a label: that it is idle
// proves nothing.
type Tracker interface {
	// Ticket opens the account of the label that the next Print sends. The
	// caller makes it durable before that. A ticket that is never used puts
	// nothing on paper. It is empty where the printer gives none beforehand.
	Ticket(ctx context.Context) (string, error)

	// Account returns what the printer says of the label sent under ticket. An
	// empty ticket is the label that this conversation has sent last.
	Account(ctx context.Context, ticket string) (Account, error)

	// Withdraw takes back what was sent under ticket and is not printed yet. A
	// nil error means that nothing comes of the ticket any more, though it may
	// have been printed before.
	Withdraw(ctx context.Context, ticket string) error
}

// An Account is what a printer says of one label. The zero Account is no news.
type Account struct {
	// Verdict is CannotTell for good where there is a Reason, else for now.
	Verdict  Verdict
	Evidence Evidence // with Printed: how well that is known
	Reason   string   // with CannotTell: why nobody will ever be told, as a sentence
}
