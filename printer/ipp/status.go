package ipp

import "fmt"

// A Status is a printer's answer to a request (RFC 8011, appendix B).
type Status uint16

// The answers after which a client does one thing rather than another.
const (
	Forbidden            Status = 0x0401
	NotAuthenticated     Status = 0x0402
	NotAuthorized        Status = 0x0403
	NotPossible          Status = 0x0404
	NotFound             Status = 0x0406
	Gone                 Status = 0x0407
	TooLarge             Status = 0x0408
	FormatNotSupported   Status = 0x040a
	ValuesNotSupported   Status = 0x040b
	FormatError          Status = 0x0411
	InternalError        Status = 0x0500
	OperationUnsupported Status = 0x0501
	ServiceUnavailable   Status = 0x0502
	VersionUnsupported   Status = 0x0503
	DeviceError          Status = 0x0504
	TemporaryError       Status = 0x0505
	NotAccepting         Status = 0x0506
	Busy                 Status = 0x0507
	JobCanceled          Status = 0x0508
	NoMultipleDocuments  Status = 0x0509
	Deactivated          Status = 0x050a
	TooManyJobs          Status = 0x050b
)

// OK reports whether the request was carried out, in part at least.
func (s Status) OK() bool { return s < 0x0100 }

// Client reports whether the printer finds the fault in the request, and has
// not carried it out.
func (s Status) Client() bool { return s >= 0x0400 && s < 0x0500 }

// String returns the answer in words, and its code.
func (s Status) String() string {
	words := map[Status]string{
		Forbidden: "forbidden", NotAuthenticated: "user and password wanted", NotAuthorized: "this user may not",
		NotPossible: "not possible now", NotFound: "no such printer or job", Gone: "gone", TooLarge: "too large",
		FormatNotSupported: "it does not take this kind of document", ValuesNotSupported: "it does not take this kind of document or job",
		FormatError: "it cannot read the document", InternalError: "internal error", OperationUnsupported: "it cannot do that",
		ServiceUnavailable: "service unavailable", VersionUnsupported: "it speaks another version of IPP", DeviceError: "device error",
		TemporaryError: "temporary error", NotAccepting: "it accepts no jobs", Busy: "busy", JobCanceled: "the job was cancelled",
		NoMultipleDocuments: "it takes one document a job", Deactivated: "deactivated", TooManyJobs: "it has too many jobs",
	}[s]
	switch {
	case words != "":
		return words + " (" + hex(uint16(s)) + ")"
	case s.OK():
		return "done"
	}
	return "answer " + hex(uint16(s))
}

// A JobState is where a job stands (RFC 8011, section 5.3.7).
type JobState int

// The states of a job. The last three are for good.
const (
	JobPending    JobState = 3
	JobHeld       JobState = 4
	JobProcessing JobState = 5
	JobStopped    JobState = 6
	JobCancelled  JobState = 7
	JobAborted    JobState = 8
	JobCompleted  JobState = 9
)

// The states of a printer (RFC 8011, section 5.4.11).
const (
	PrinterIdle       = 3
	PrinterProcessing = 4
	PrinterStopped    = 5
)

func hex(n uint16) string { return fmt.Sprintf("0x%04x", n) }
