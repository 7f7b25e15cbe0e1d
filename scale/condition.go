package scale

// A Condition is why a reading is no weight, in the words a packer knows. The
// zero Condition, Fine, is none.
type Condition string

// The conditions.
const (
	Fine        Condition = ""
	Away        Condition = "away"         // no connection
	NoAnswer    Condition = "no_answer"    // connected and silent
	Garbled     Condition = "garbled"      // what comes is not the driver's language, or was damaged on the way
	Refused     Condition = "refused"      // the scale does not know the question, or cannot answer now
	Fault       Condition = "fault"        // the scale reports a fault of its own
	Calibrate   Condition = "calibrate"    // the scale's calibration is lost or wrong
	WrongUnit   Condition = "wrong_unit"   // the scale is set to another unit than the configuration says
	Over        Condition = "over"         // more than the scale can weigh
	Under       Condition = "under"        // below zero: something was taken off that was there at zero
	NeedsZero   Condition = "needs_zero"   // it was switched on with a load, or has drifted too far to zero itself
	Net         Condition = "net"          // a tare is set, so that it shows less than lies on it
	NotMeasured Condition = "not_measured" // a dimensioner could not make out a box
	Motion      Condition = "motion"       // not at rest yet
)

// Conditions returns every condition but Fine, in the order in which a person
// deals with them.
func Conditions() []Condition {
	return []Condition{Away, NoAnswer, Garbled, Refused, Fault, Calibrate, WrongUnit, Over, Under, NeedsZero, Net, NotMeasured, Motion}
}

// Ails reports whether a person must do something about the scale itself before
// it weighs again. Over and below zero are of what lies on it, and motion passes.
func (c Condition) Ails() bool {
	switch c {
	case Fine, Over, Under, Motion, NotMeasured:
		return false
	case Away, NoAnswer, Garbled, Refused, Fault, Calibrate, WrongUnit, NeedsZero, Net:
	}
	return true
}

// Words returns what is the matter and what to do about it.
func (c Condition) Words() (state, todo string) {
	switch c {
	case Fine:
		return "Ready", ""
	case Away:
		return "Scale away", "Plug it in and switch it on; it is used again by itself."
	case NoAnswer:
		return "Scale does not answer", "Switch it on or wake it; if it shows a weight, check its cable and that its interface is set to the language in the configuration."
	case Garbled:
		return "Scale not understood", "Its language, baud rate or parity is not what the configuration says; compare the two."
	case Refused:
		return "Scale refuses to answer", "Leave the scale's menu; if it goes on, its interface is set to another language than the configuration says."
	case Fault:
		return "Scale reports a fault", "Switch it off and on again with nothing on it; if it goes on, call its service."
	case Calibrate:
		return "Scale must be calibrated", "Do not weigh with it; call its service."
	case WrongUnit:
		return "Scale is set to another unit", "Set the scale to the unit in the configuration, or correct the configuration."
	case Over:
		return "Too heavy for the scale", "Take it off; weigh it on a larger scale or pack it in two parcels."
	case Under:
		return "Scale is below zero", "Take everything off and press zero on the scale."
	case NeedsZero:
		return "Scale is not at zero", "Take everything off and press zero on the scale."
	case Net:
		return "A tare is set", "Clear the tare on the scale, or allow net weights in the configuration."
	case NotMeasured:
		return "Not measured", "Put the parcel squarely on the dimensioner and measure again."
	case Motion:
		return "Not at rest", "Wait, and take your hand off the parcel."
	}
	return "Scale reports " + string(c), "Look at the scale's display."
}
