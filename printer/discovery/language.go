package discovery

import (
	"slices"
	"strings"
	"unicode"
)

// A DeviceID is an IEEE 1284 device ID, read: keys in capitals, the long names of
// the standard's keys in their short form.
type DeviceID map[string]string

// maxDeviceID bounds what is read; the kernel gives no more either.
const maxDeviceID = 1024

// ParseDeviceID reads MFG:Zebra;MDL:ZD421;CMD:ZPL. What is not of that form is
// passed over; of a key that is there twice the first counts.
func ParseDeviceID(text string) DeviceID {
	long := map[string]string{"MANUFACTURER": "MFG", "MODEL": "MDL", "COMMAND SET": "CMD", "SERIALNUMBER": "SN", "SERN": "SN", "SERIAL": "SN", "DESCRIPTION": "DES"}
	id := DeviceID{}
	for pair := range strings.SplitSeq(text[:min(len(text), maxDeviceID)], ";") {
		key, value, ok := strings.Cut(pair, ":")
		key, value = strings.ToUpper(strings.TrimSpace(key)), strings.TrimSpace(value)
		if short := long[key]; short != "" {
			key = short
		}
		if ok && key != "" && value != "" && id[key] == "" {
			id[key] = value
		}
	}
	return id
}

// Languages returns the label languages among the command sets that a printer
// tells, as Waybill calls them.
func (id DeviceID) Languages() []string {
	words := wordsOf(id["CMD"])
	var told []string
	for _, l := range languages() {
		if slices.Contains(words, l[0]) && !slices.Contains(told, l[1]) {
			told = append(told, l[1])
		}
	}
	return told
}

// wordsOf returns the words of a text in small letters.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
}

// languages are the words for label languages in device IDs, models and media
// types, those of a longer name before those it contains. The second word is
// what Waybill calls the language; for some it has no driver.
func languages() [][2]string {
	return [][2]string{
		{"zpl", "zpl"},
		{"epl", "epl"},
		{"eltron", "epl"},
		{"tspl", "tspl"},
		{"cpcl", "cpcl"},
		{"dpl", "dpl"},
		{"ipl", "ipl"},
		{"sbpl", "sbpl"},
		{"ezpl", "ezpl"},
		{"pdf", "pdf"},
	}
}

// makers are USB vendors of which all label printers come in one language. The
// numbers are those of the public list of USB vendors, from general knowledge;
// Zebra's is also what public code for its printers has.
func makers() map[string]string {
	return map[string]string{
		"0a5f": "zpl",  // Zebra
		"1203": "tspl", // TSC
	}
}

// guess returns the language of a printer, from its command set or media types,
// else from its model's name, else from its maker. Empty is "not known".
func guess(commands, vendor, model string) string {
	for _, text := range []string{commands, model} {
		words := wordsOf(text)
		for _, l := range languages() {
			if slices.Contains(words, l[0]) {
				return l[1]
			}
		}
	}
	return makers()[vendor]
}

// driverFor returns the driver of a label language over a byte stream; empty
// where Waybill has none.
func driverFor(language string) string {
	if slices.Contains([]string{"zpl", "epl", "tspl"}, language) {
		return language
	}
	return ""
}

// maxText bounds a text that a device has made.
const maxText = 200

// clean returns text without what would move a terminal or hide in a line.
func clean(text string) string {
	n := 0
	return strings.Map(func(r rune) rune {
		if n++; n > maxText {
			return -1
		}
		if !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, strings.TrimSpace(text))
}
