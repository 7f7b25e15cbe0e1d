package driver

import (
	"strings"

	"waybill/printer"
	"waybill/printer/ipp"
)

// ippReason returns the condition that a reason of RFC 8011, section 5.4.12, or
// of PWG 5100.9, stands for, without its severity. A known reason that is no
// news has none. The names are from general knowledge of the two; of them,
// media-empty and paused have been seen from servers that are not ours.
func ippReason(reason string) (c printer.Condition, known bool) {
	switch reason {
	case "none", "moving-to-idle", "power-down", "hibernate", "standby", "resuming", "configuration-change", "output-area-almost-full":
		return "", true
	case "media-low":
		return printer.PaperLow, true
	case "toner-low", "developer-low", "marker-supply-low", "marker-ink-almost-empty", "marker-toner-almost-empty":
		return printer.RibbonLow, true
	case "media-empty", "input-media-supply-empty", "input-tray-missing", "input-manual-input-request":
		return printer.PaperOut, true
	case "media-needed":
		return printer.WrongMedia, true
	case "media-jam":
		return printer.PaperJam, true
	case "toner-empty", "developer-empty", "marker-supply-empty", "marker-ink-empty", "marker-toner-empty", "marker-ribbon-empty",
		"marker-print-ribbon-empty", "marker-supply-missing":
		return printer.RibbonOut, true
	case "cover-open", "door-open", "interlock-open", "printer-cover-open", "marker-cover-open", "input-cover-open":
		return printer.HeadOpen, true
	case "paused", "moving-to-paused":
		return printer.Paused, true
	case "fuser-over-temp", "marker-over-temperature", "printhead-over-temperature":
		return printer.TooHot, true
	case "fuser-under-temp", "marker-under-temperature":
		return printer.TooCold, true
	case "output-area-full":
		return printer.LabelWaiting, true
	case "spool-area-full":
		return printer.BufferFull, true
	case "connecting-to-device", "timed-out", "shutdown", "offline":
		return printer.Offline, true
	}
	if strings.HasPrefix(reason, "trimmer-") || strings.HasPrefix(reason, "cutter-") {
		return printer.CutterFault, true
	}
	return printer.UnknownFault, false
}

// ippStatus says how a printer is. A reason that is known stops labels whatever
// severity the printer gives it: some call an empty roll a warning. One that is
// not stops them as an error, and is shown in any case.
func ippStatus(reply ipp.Message, queue bool) printer.Status {
	at := func(name string) ipp.Attribute { return reply.Attribute(ipp.PrinterGroup, name) }
	var st printer.Status
	add := func(c printer.Condition) {
		if c != "" {
			st = st.With(c)
		}
	}
	var words []string
	for _, reason := range at("printer-state-reasons").Texts() {
		bare, severity := withoutSeverity(reason)
		c, known := ippReason(bare)
		switch {
		case known || severity == "error":
			add(c)
		case severity == "warning":
			add(printer.UnknownWarning)
		}
		if c != "" {
			words = append(words, reason)
		}
	}
	state, stated := at("printer-state").Int()
	message := strings.TrimSpace(at("printer-state-message").Text())
	if queue && unreachable(message) {
		add(printer.Offline) // CUPS says only here that it cannot reach the printer
	}
	if accepting, ok := at("printer-is-accepting-jobs").Bool(); ok && !accepting {
		add(printer.Paused)
		words = append(words, "it accepts no jobs")
	}
	switch {
	case !stated:
		add(printer.UnknownFault)
		words = append(words, "it does not tell its state")
	case state == ipp.PrinterStopped && st.Clear():
		add(printer.UnknownFault)
		words = append(words, "it is stopped")
	case state == ipp.PrinterProcessing && !queue:
		st.Waiting = 1
	}
	if message != "" && (len(words) > 0 || !st.Clear()) {
		words = append(words, message)
	}
	st.Detail = strings.Join(words, "; ")
	return st
}

// withoutSeverity splits the severity off a reason.
func withoutSeverity(reason string) (bare, severity string) {
	for _, severity := range []string{"error", "warning", "report"} {
		if bare, ok := strings.CutSuffix(reason, "-"+severity); ok {
			return bare, severity
		}
	}
	return reason, ""
}

// unreachable reports whether a queue's message says that the printer behind it
// cannot be reached: the words of the backends of CUPS 2.4 (backend/socket.c,
// ipp.c, lpd.c, usb-libusb.c).
func unreachable(message string) bool {
	for _, words := range []string{
		"may not exist or is unavailable", "unable to connect", "unable to locate printer", "could not be found",
		"is unreachable", "not responding", "waiting for printer to become available", "host is busy", "is in use",
		"printer is not connected", "connecting to printer", "looking for printer",
	} {
		if strings.Contains(strings.ToLower(message), words) {
			return true
		}
	}
	return false
}
