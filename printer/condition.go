package printer

import (
	"fmt"
	"slices"
)

// A Condition is one thing a printer reports, in the words a packer knows.
type Condition string

// Conditions that stop labels.
const (
	Offline        Condition = "offline"         // no connection
	NoAnswer       Condition = "no_answer"       // connected and silent
	WrongLanguage  Condition = "wrong_language"  // it is set to a language that is not the driver's
	AnotherPrinter Condition = "another_printer" // it is not the machine that belongs here
	WrongPath      Condition = "wrong_path"      // its link names something at that address that is no queue
	WrongDensity   Condition = "wrong_density"   // its dots are not those the labels are drawn for
	HeadOpen       Condition = "head_open"
	PaperJam       Condition = "paper_jam"
	CutterFault    Condition = "cutter_fault"
	PaperOut       Condition = "paper_out"
	RibbonOut      Condition = "ribbon_out"
	RibbonIn       Condition = "ribbon_in"   // a ribbon is loaded, and it prints without one
	WrongMedia     Condition = "wrong_media" // labels of another size, or none that its sensor can find
	RewinderFull   Condition = "rewinder_full"
	HeadFault      Condition = "head_fault" // dots of the head, or its sensor, have failed
	TooHot         Condition = "too_hot"
	TooCold        Condition = "too_cold"
	MemoryLost     Condition = "memory_lost"   // it has lost its settings
	UnknownFault   Condition = "unknown_fault" // it reports an error we have no word for
	LabelWaiting   Condition = "label_waiting" // a printed label waits to be taken
	Paused         Condition = "paused"
	BufferFull     Condition = "buffer_full"
)

// Conditions that stop nothing yet.
const (
	PaperLow       Condition = "paper_low"
	RibbonLow      Condition = "ribbon_low"
	CleanHead      Condition = "clean_head"
	ReplaceHead    Condition = "replace_head"
	CalibrateMedia Condition = "calibrate_media"
	BatteryLow     Condition = "battery_low"
	UnknownWarning Condition = "unknown_warning" // it reports a warning we have no word for
)

// Conditions returns every condition, in the order in which a person deals with
// them: a print head that stands open is closed before anything is said about
// the roll behind it.
func Conditions() []Condition {
	return []Condition{
		Offline, NoAnswer, WrongLanguage, AnotherPrinter, WrongPath, WrongDensity, HeadOpen, PaperJam, CutterFault, PaperOut,
		RibbonOut, RibbonIn, WrongMedia, RewinderFull, HeadFault, TooHot, TooCold, MemoryLost, UnknownFault, LabelWaiting, Paused, BufferFull,
		PaperLow, RibbonLow, CleanHead, ReplaceHead, CalibrateMedia, BatteryLow, UnknownWarning,
	}
}

// Warns reports whether c stops nothing yet. A condition nobody knows stops
// labels.
func (c Condition) Warns() bool {
	return slices.Contains([]Condition{PaperLow, RibbonLow, CleanHead, ReplaceHead, CalibrateMedia, BatteryLow, UnknownWarning}, c)
}

// Words returns what to tell the packer about c: the state, and what to do.
func (c Condition) Words() (state, todo string) {
	if w, ok := words()[c]; ok {
		return w.state, w.todo
	}
	return fmt.Sprintf("Reports %q", string(c)), "Read the printer's display."
}

type conditionWords struct{ state, todo string }

// words are what a person at the printer reads from three metres: few, and what
// the hand has to do. What needs no hand says that it goes on by itself.
func words() map[Condition]conditionWords {
	return map[Condition]conditionWords{
		Offline:        {"Offline", "Switch the printer on and check its cable."},
		NoAnswer:       {"Does not answer", "Check the printer's display, then its cable."},
		WrongLanguage:  {"Wrong language", "Nothing is sent. Set the printer to the label language of the configuration."},
		AnotherPrinter: {"Another printer", "Nothing is sent. Put the right printer back, or say that this one is used from now on."},
		WrongPath:      {"No such queue", "Nothing is sent. Correct the path in the printer's link, behind the host: /ipp/print, or /printers/ and the queue's name."},
		WrongDensity:   {"Wrong resolution", "Labels would come out too large or too small: correct dpi in the configuration."},
		HeadOpen:       {"Print head open", "Close the print head until it clicks."},
		PaperJam:       {"Labels jammed", "Open the print head, take out what is stuck, close it."},
		CutterFault:    {"Cutter jammed", "Switch off, clear the cutter, switch on."},
		PaperOut:       {"Out of labels", "Load a new roll; printing goes on by itself."},
		RibbonOut:      {"Out of ribbon", "Load a new ribbon; printing goes on by itself."},
		RibbonIn:       {"Ribbon in the way", "It prints without a ribbon now: take the ribbon out."},
		WrongMedia:     {"Wrong labels", "Load the right labels, then press FEED until one stops at its edge."},
		RewinderFull:   {"Rewinder full", "Take the roll off the rewinder; printing goes on by itself."},
		HeadFault:      {"Print head broken", "Bars would have gaps. Use another printer and have the head replaced."},
		TooHot:         {"Too hot", "Wait a minute; printing goes on by itself."},
		TooCold:        {"Too cold", "Let the printer warm up; printing goes on by itself."},
		MemoryLost:     {"Lost its settings", "Switch it off and on. If it stays so, its settings must be loaded again."},
		UnknownFault:   {"Reports a fault", "Read the printer's display."},
		LabelWaiting:   {"Take the label", "The next one comes when this one is taken."},
		Paused:         {"Paused", "Press PAUSE on the printer once."},
		BufferFull:     {"Busy", "The printer has all it can hold; wait."},
		PaperLow:       {"Few labels left", "Put a new roll beside the printer."},
		RibbonLow:      {"Little ribbon left", "Put a new ribbon beside the printer."},
		CleanHead:      {"Clean the head", "At the next break, wipe the print head with alcohol."},
		ReplaceHead:    {"Print head worn", "Order a new print head."},
		CalibrateMedia: {"Not measured yet", "Let the printer measure its labels; its manual says how."},
		BatteryLow:     {"Battery low", "Charge the printer's battery."},
		UnknownWarning: {"Reports a warning", "Read the printer's display."},
	}
}

// Foremost returns the condition that a person has to deal with first: one that
// stops labels before any warning. ok is false where there is none.
func (s Status) Foremost() (c Condition, ok bool) {
	all := s.all()
	if len(all) == 0 {
		return "", false
	}
	return all[0], true
}

// Others returns the states behind the foremost one, in words.
func (s Status) Others() []string {
	var states []string
	for _, c := range s.all()[min(1, len(s.all())):] {
		state, _ := c.Words()
		states = append(states, state)
	}
	return states
}

// all returns the conditions and warnings in the order of Conditions, those that
// nobody knows first.
func (s Status) all() []Condition {
	var known, unknown []Condition
	for _, c := range Conditions() {
		if s.Has(c) {
			known = append(known, c)
		}
	}
	for _, c := range s.Conditions {
		if _, ok := words()[c]; !ok {
			unknown = append(unknown, c)
		}
	}
	return append(unknown, known...)
}

// With returns s with c among its conditions or, where c stops nothing, among
// its warnings. s is not changed.
func (s Status) With(c Condition) Status {
	switch {
	case s.Has(c):
	case c.Warns():
		s.Warnings = append(s.Warnings[:len(s.Warnings):len(s.Warnings)], c)
	default:
		s.Conditions = append(s.Conditions[:len(s.Conditions):len(s.Conditions)], c)
	}
	return s
}
