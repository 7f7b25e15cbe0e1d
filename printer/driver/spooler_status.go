package driver

import (
	"fmt"
	"strings"

	"waybill/printer"
)

// queueBits are the bits of a queue's status, as Windows has them (PRINTER_INFO_2,
// winspool.h).
type queueBits uint32

// The bits. Those of jobs that say more are given in the same terms.
const (
	queuePaused       queueBits = 0x1
	queueError        queueBits = 0x2
	queueDeleting     queueBits = 0x4
	queueJam          queueBits = 0x8
	queuePaperOut     queueBits = 0x10
	queueManualFeed   queueBits = 0x20
	queuePaperProblem queueBits = 0x40
	queueOffline      queueBits = 0x80
	queueActive       queueBits = 0x100
	queueBusy         queueBits = 0x200
	queuePrinting     queueBits = 0x400
	queueBinFull      queueBits = 0x800
	queueAway         queueBits = 0x1000
	queueWaiting      queueBits = 0x2000
	queueProcessing   queueBits = 0x4000
	queueInitializing queueBits = 0x8000
	queueWarmingUp    queueBits = 0x10000
	queueTonerLow     queueBits = 0x20000
	queueNoToner      queueBits = 0x40000
	queuePagePunt     queueBits = 0x80000
	queueIntervention queueBits = 0x100000
	queueNoMemory     queueBits = 0x200000
	queueDoorOpen     queueBits = 0x400000
	queueServerOdd    queueBits = 0x800000
	queuePowerSave    queueBits = 0x1000000
	queueServerAway   queueBits = 0x2000000
	queueDriverOld    queueBits = 0x4000000
)

// queueWords says what each bit means. A bit without a condition stops nothing.
func queueWords() []struct {
	bit  queueBits
	c    printer.Condition
	word string
} {
	return []struct {
		bit  queueBits
		c    printer.Condition
		word string
	}{
		{queuePaused, printer.Paused, "the queue is paused: let it go on in Windows' printer settings"},
		{queueError, printer.UnknownFault, "error"},
		{queueDeleting, printer.UnknownFault, "the queue is being deleted"},
		{queueJam, printer.PaperJam, "paper jam"},
		{queuePaperOut, printer.PaperOut, "paper out"},
		{queueManualFeed, printer.UnknownFault, "manual feed"},
		{queuePaperProblem, printer.UnknownFault, "paper problem"},
		{queueOffline, printer.Offline, "offline"},
		{queueActive, "", "active"},
		{queueBusy, "", "busy"},
		{queuePrinting, "", "printing"},
		{queueBinFull, printer.RewinderFull, "output bin full"},
		{queueAway, printer.Offline, "not available"},
		{queueWaiting, "", "waiting"},
		{queueProcessing, "", "processing"},
		{queueInitializing, "", "initialising"},
		{queueWarmingUp, "", "warming up"},
		{queueTonerLow, printer.RibbonLow, "toner or ribbon low"},
		{queueNoToner, printer.RibbonOut, "no toner or ribbon"},
		{queuePagePunt, printer.UnknownFault, "it cannot print the page"},
		{queueIntervention, printer.UnknownFault, "it needs a person"},
		{queueNoMemory, printer.UnknownFault, "out of memory"},
		{queueDoorOpen, printer.HeadOpen, "door open"},
		{queueServerOdd, printer.UnknownFault, "the print server's state is unknown"},
		{queuePowerSave, "", "saving power"},
		{queueServerAway, printer.Offline, "the print server is away"},
		{queueDriverOld, printer.UnknownWarning, "the queue's driver needs an update"},
	}
}

// queueStatus reads what a queue says.
func queueStatus(st queueState) printer.Status {
	s := printer.Status{Waiting: st.jobs}
	bits := st.status | st.job
	var said []string
	for _, w := range queueWords() {
		if bits&w.bit == 0 {
			continue
		}
		bits &^= w.bit
		said = append(said, w.word)
		if w.c != "" {
			add(&s, w.c)
		}
	}
	if bits != 0 {
		said = append(said, fmt.Sprintf("unknown state %#x", uint32(bits)))
		add(&s, printer.UnknownFault)
	}
	s.Detail = "the queue says nothing of its printer"
	if len(said) > 0 {
		s.Detail = "the queue says: " + strings.Join(said, ", ")
	}
	return s
}

// The bits of a job's status that say more than that it is on its way (JOB_INFO_1,
// winspool.h).
const (
	jobPaused       = 0x1
	jobError        = 0x2
	jobOffline      = 0x20
	jobPaperOut     = 0x40
	jobBlocked      = 0x200
	jobIntervention = 0x400
)

// ofJob returns a job's status in the bits of a queue.
func ofJob(status uint32) queueBits {
	var b queueBits
	for bit, as := range map[uint32]queueBits{
		jobPaused: queuePaused, jobError: queueError, jobOffline: queueOffline,
		jobPaperOut: queuePaperOut, jobBlocked: queueError, jobIntervention: queueIntervention,
	} {
		if status&bit != 0 {
			b |= as
		}
	}
	return b
}
