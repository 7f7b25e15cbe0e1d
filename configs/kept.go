package configs

import "waybill/internal/strictyaml"

// A Journal says how much room the journal has.
type Journal struct {
	ReserveMiB int64 `yaml:"reserve_mib"`
}

// Retention says for how many days the station keeps what it has; 0 is for ever.
type Retention struct {
	Days         int `yaml:"days"`
	PersonalDays int `yaml:"personal_data_days"`
}

// maxDays is ten years, which no law asks a packing desk to exceed.
const maxDays = 3660

// maxReserveMiB is more room than any reserve needs.
const maxReserveMiB = 4096

// checkKept checks what is kept, and the room for it.
func (s Station) checkKept(doc *strictyaml.Document) strictyaml.Mistakes {
	var ms strictyaml.Mistakes
	wrong := func(key, format string, args ...any) { ms = append(ms, doc.Mistake(key, format, args...)) }
	for key, days := range map[string]int{"days": s.Retention.Days, "personal_data_days": s.Retention.PersonalDays} {
		if days != 0 && (days < 7 || days > maxDays) {
			wrong("retention."+key, "%d: want 7 to %d days, or 0 for ever", days, maxDays)
		}
	}
	if s.Journal.ReserveMiB < 8 || s.Journal.ReserveMiB > maxReserveMiB {
		wrong("journal.reserve_mib", "%d: want 8 to %d", s.Journal.ReserveMiB, maxReserveMiB)
	}
	return ms
}
