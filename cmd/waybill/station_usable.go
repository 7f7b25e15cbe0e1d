package main

import (
	"errors"

	"waybill/agent/labelling"
	"waybill/configs"
	"waybill/shipment/carrier"
)

// loadable returns what keeps a station from starting that rules and templates tell.
func loadable(cfg configs.Station) error {
	rules, rulesErr := loadRules(cfg.Rules)
	templates, templatesErr := loadTemplates(cfg)
	carriers, carriersErr := carrierTable(cfg.Carriers)
	if rulesErr == nil && templatesErr == nil && carriersErr == nil {
		templatesErr = suits(cfg, templates, rules, carriers)
	}
	return errors.Join(rulesErr, carriersErr, templatesErr)
}

// suits says what of a configuration is not in its templates, rules and carriers.
func suits(cfg configs.Station, templates *labelling.Templates, rules *carrier.Rules, carriers *carrier.Table) error {
	if cfg.Hub.NoRules {
		rules = nil // its services are not those that the configuration names
	}
	return errors.Join(choice(cfg).Check(templates, rules, carriers), cfg.Handoff.Check(carriers))
}

// usable returns what keeps a station with this configuration from starting, as
// far as the files it names tell.
func usable(cfg configs.Station) error {
	var hubErrs []error
	for _, link := range cfg.HubLinks() {
		_, err := hubClient(link)
		hubErrs = append(hubErrs, err)
	}
	_, printersErr := printers(cfg)
	_, languageErr := labelLanguage(cfg)
	errs := []error{loadable(cfg), errors.Join(hubErrs...), printersErr, languageErr, checkScaleOptions(cfg)}
	for _, s := range cfg.Scanners {
		_, _, err := scannerOptions(s)
		errs = append(errs, err)
	}
	for _, t := range cfg.API.Tokens {
		_, err := t.Hash()
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
