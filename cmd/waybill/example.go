package main

import (
	"fmt"

	"github.com/alecthomas/kong"

	"waybill/configs"
)

// stationExample is the flag that prints the annotated station.yaml.
type stationExample bool

// BeforeReset prints it and ends the command, whatever else the line lacks.
func (stationExample) BeforeReset(app *kong.Kong) error {
	return printExample(app, configs.StationReference)
}

// hubExample is the flag that prints the annotated hub.yaml.
type hubExample bool

// BeforeReset prints it and ends the command, whatever else the line lacks.
func (hubExample) BeforeReset(app *kong.Kong) error {
	return printExample(app, configs.HubReference)
}

func printExample(app *kong.Kong, reference []byte) error {
	if _, err := app.Stdout.Write(reference); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	app.Exit(exitDone)
	return nil
}
