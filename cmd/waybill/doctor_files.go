package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"waybill/configs"
	"waybill/internal/diskspace"
	"waybill/sync/journal"
)

// checkFiles loads what the configuration names as the station does at its
// start: each mistake keeps it from starting.
func checkFiles(cfg configs.Station) []finding {
	rules, templates := cfg.Rules, cfg.Templates
	if rules == "" {
		rules = "the built-in ones"
	}
	if templates == "" {
		templates = "the built-in ones"
	}
	known, err := loadRules(cfg.Rules)
	findings := told("carrier rules", rules, err, "Correct the rules; `waybill carrier assign --rules FILE ORDER` tries them.")
	carriers, carriersErr := carrierTable(cfg.Carriers)
	if cfg.Carriers != "" {
		findings = append(findings, told("carriers", cfg.Carriers, carriersErr, "Correct the file; `waybill number check --carriers FILE NUMBER` tries it.")...)
	}
	loaded, err := loadTemplates(cfg)
	findings = append(findings, told("label templates", templates, err, "Correct the template; `waybill label render --template FILE ORDER` tries it.")...)
	if err == nil && known != nil && carriersErr == nil && len(cfg.TemplateBy)+len(cfg.LabelFields) > 0 {
		err = choice(cfg).Check(loaded, known, carriers)
		findings = append(findings, told("labels by service", "every name is known", err, "Correct template_by and label_fields in the configuration.")...)
	}
	if carriersErr == nil && len(cfg.Handoff.Cutoffs) > 0 {
		findings = append(findings, told("cut-offs", "every carrier is known", cfg.Handoff.Check(carriers), "Correct handoff.cutoffs in the configuration.")...)
	}
	for _, link := range cfg.HubLinks() {
		_, err := hubClient(link)
		if link.TokenFile != "" || err != nil {
			findings = append(findings, told(aboutHub(link, "hub token"), link.TokenFile, err, "Put the token that the hub has for this station into the file "+link.Key("token_file")+".")...)
		}
	}
	for _, t := range cfg.API.Tokens {
		_, err := t.Hash()
		findings = append(findings, told("API token "+t.Name, "reads", err, "Make one with: openssl rand -hex 32")...)
	}
	return findings
}

// told returns a fault for each line of err, or that all is well.
func told(what, well string, err error, remedy string) []finding {
	if err == nil {
		return []finding{{what, "ok", well, ""}}
	}
	var faults []finding
	for line := range strings.Lines(err.Error()) {
		faults = append(faults, finding{what, "fault", strings.TrimSuffix(line, "\n"), remedy})
	}
	return faults
}

// lowSpace is the least free space on the journal's disk that a busy day may take.
const lowSpace = 1 << 30

// checkSpace looks how much room the journal has, as the station will judge it. Where
// the system cannot tell, it says nothing.
func checkSpace(cfg configs.Station) []finding {
	s, err := diskspace.Of(standing(cfg.Data))
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return []finding{{"disk space", "warning", err.Error(), "Make the data directory readable for the station's user."}}
	}
	held := diskspace.Taken(journal.ReservePath(filepath.Join(cfg.Data, "journal.db")))
	return []finding{judgeSpace(cfg.Data, s.Free, held, journal.ReserveOn(s.Total, cfg.Journal.ReserveMiB<<20))}
}

// judgeSpace judges what is free beside a reserve, of which held of wanted bytes
// are there.
func judgeSpace(dir string, free, held, wanted int64) finding {
	f := finding{"disk space", "ok", fmt.Sprintf("%s has %d MiB free", dir, free>>20), ""}
	if held >= wanted {
		f.Detail += fmt.Sprintf(", and %d MiB in reserve", held>>20)
	} else {
		free -= wanted // which the station will take
	}
	switch {
	case free < wanted:
		f.State, f.Remedy = "fault", "Free some space now: no new order is taken, and scans only while the last room lasts."
	case free < lowSpace:
		f.State, f.Remedy = "warning", "Free some space soon: on a full disk no new order is taken."
	}
	return f
}

// standing returns dir, or the nearest directory around it that is there.
func standing(dir string) string {
	for {
		_, err := os.Stat(dir)
		around := filepath.Dir(dir)
		if !errors.Is(err, fs.ErrNotExist) || around == dir {
			return dir
		}
		dir = around
	}
}
