package driver

import (
	"slices"
	"strings"

	"waybill/internal/link"
	"waybill/printer"
	"waybill/printer/discovery"
)

// described returns what the port tells of the printer without a byte being sent
// to it. It is empty where the link is no such port, and where that tells nothing.
func (c *conversation) described() discovery.DeviceID {
	port, ok := c.conn.(link.Port)
	if !ok {
		return nil
	}
	text, err := port.DeviceID()
	if err != nil {
		return nil // it is a hint, and does without
	}
	return discovery.ParseDeviceID(text)
}

// speaksOther returns the languages that the port tells, where own is not among
// them. A printer may understand more than it tells; so this is no proof, but
// reason enough not to send it what it would print.
func (c *conversation) speaksOther(own string) (languages string, is bool) {
	id := c.described()
	told := id.Languages()
	return id["CMD"], len(told) > 0 && !slices.Contains(told, own)
}

// silent returns the status of a printer that does not answer, with what the port
// says of it all the same.
func (c *conversation) silent(detail string) printer.Status {
	st := printer.Status{Conditions: []printer.Condition{printer.NoAnswer}, Detail: detail}
	port, ok := c.conn.(link.Port)
	if !ok {
		return st
	}
	if told, err := port.PortStatus(); err == nil && told.PaperOut {
		st = st.With(printer.PaperOut)
		st.Detail = strings.TrimPrefix(st.Detail+"; the port reports that the paper is out", "; ")
	}
	return st
}

// wrongLanguage is the status of a printer whose port tells another language.
func wrongLanguage(told, own string) printer.Status {
	return printer.Status{
		Conditions: []printer.Condition{printer.WrongLanguage},
		Detail:     "the printer's port says that it understands " + told + ", and the labels are " + strings.ToUpper(own),
	}
}
