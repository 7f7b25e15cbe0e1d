package gs1

import "fmt"

// A Code names what is wrong with GS1 data. Codes are stable: programs may
// depend on them.
type Code string

// The codes of element strings.
const (
	Empty          Code = "empty"            // there is no element
	UnknownAI      Code = "unknown_ai"       // no application identifier begins here
	TooShort       Code = "too_short"        // the value is shorter than its identifier says
	TooLong        Code = "too_long"         // the value is longer than its identifier says
	WrongLength    Code = "wrong_length"     // the value ends within one of its parts
	BadCharacter   Code = "bad_character"    // a character that the value cannot have
	TooMany        Code = "too_many"         // more elements than any symbol holds
	StraySeparator Code = "stray_separator"  // a separator where an identifier must begin
	DuplicateAI    Code = "duplicate_ai"     // the same identifier with unlike values
	ExclusiveAIs   Code = "exclusive_ais"    // two identifiers that must not stand together
	RequiredAI     Code = "required_ai"      // an identifier that must not stand alone
	SerialMissing  Code = "serial_missing"   // a digital signature of a key without its serial
	Brackets       Code = "brackets"         // the bracketed form is not one
	BadCheckDigit  Code = "check_digit"      // the check digit is wrong
	BadCheckPair   Code = "check_pair"       // the pair of check characters is wrong
	BadCompany     Code = "company_prefix"   // no GS1 Company Prefix can begin so
	BadDate        Code = "date"             // not a day of the calendar
	BadTime        Code = "time"             // not a time of day
	BadCountry     Code = "country"          // not a country code of ISO 3166-1
	BadCurrency    Code = "currency"         // not a currency code of ISO 4217
	BadIBAN        Code = "iban"             // not a bank account of ISO 13616
	BadPercent     Code = "percent_encoding" // % without two hexadecimal digits
	BadCoordinate  Code = "coordinate"       // beyond the poles, or round the world
	BadPiece       Code = "piece"            // piece 0, piece of 0, or piece 3 of 2
	BadZero        Code = "zero"             // zero where it must not be, or the reverse
	BadValue       Code = "value"            // not one of the values that the field has
	BadPackageType Code = "package_type"     // not a package type of UN/ECE Recommendation 21
	BadCoupon      Code = "coupon"           // the coupon's data does not add up
)

// The codes of Digital Link URIs, besides those above.
const (
	LinkCharacter  Code = "link_character"  // a character that no URI has there
	LinkNoKey      Code = "link_no_key"     // a web address without a GS1 key
	LinkCompressed Code = "link_compressed" // a compressed link, it seems
	LinkEmpty      Code = "link_empty"      // an identifier without value
	LinkQualifiers Code = "link_qualifiers" // qualifiers that the key does not have, or in another order
	LinkAttribute  Code = "link_attribute"  // an identifier that must not stand behind the question mark
	LinkRepeated   Code = "link_repeated"   // an identifier twice
)

// An Error says what is wrong with GS1 data, and where.
type Error struct {
	Code    Code
	AI      string // the application identifier, where it is known
	Offset  int    // of the byte in the data
	Message string
	Remedy  string // what a person can do; empty where only a new code helps
}

// Error returns the message and its place. The remedy is for those who hold the
// code, and not for who makes one: it is not part of it.
func (e *Error) Error() string {
	if e.AI == "" {
		return fmt.Sprintf("%s (at byte %d)", e.Message, e.Offset+1)
	}
	return fmt.Sprintf("(%s) %s (at byte %d)", e.AI, e.Message, e.Offset+1)
}

// Remedies that several codes share.
const (
	remedyScanAgain = "scan again; if it stays so, the code was made wrongly: tell who made it"
	remedyFNC1      = "the scanner may have dropped the separator FNC1: set it to send GS (hexadecimal 1D) for FNC1"
	remedyMaker     = "the code was made wrongly: tell who made it"
)

// remedies are what to do, by code.
func remedy(c Code) string {
	switch c {
	case TooLong, UnknownAI:
		return remedyFNC1
	case TooShort, WrongLength, BadCheckDigit, BadCheckPair, BadCharacter, StraySeparator, Empty:
		return remedyScanAgain
	case RequiredAI:
		return "it may be in another barcode of the label: scan that one"
	case LinkCompressed:
		return "compressed Digital Links are not read here; scan another barcode of the label"
	case LinkNoKey:
		return "scan another barcode of the label"
	case Brackets:
		return "write it as (01)09521234543213(10)ABC, with a backslash before a bracket within a value"
	default:
		return remedyMaker
	}
}
