package hid

import (
	"errors"
	"fmt"
	"io/fs"
	"os/user"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Access says why this user may not use a device file, and what to do. Both are
// empty where there is nothing to do. The file is not opened.
func Access(path string) (problem, remedy string) {
	err := unix.Access(path, unix.R_OK|unix.W_OK)
	if err == nil {
		return "", ""
	}
	if !errors.Is(err, fs.ErrPermission) {
		return path + ": " + err.Error(), ""
	}
	name := "USER"
	if me, err := user.Current(); err == nil {
		name = me.Username
	}
	group := "input"
	if _, err := user.LookupGroup("plugdev"); err == nil {
		group = "plugdev"
	}
	var rule string
	if found, err := Devices(); err == nil {
		rule = ruleFor(found, path, group)
	}
	problem = "the user " + name + " may not use " + path
	if rule == "" {
		return problem, fmt.Sprintf("Give the user %s the right to read and write %s.", name, path)
	}
	return problem, fmt.Sprintf("Write the line %s into /etc/udev/rules.d/60-waybill.rules, then: sudo usermod -aG %s %s && sudo udevadm control --reload && sudo udevadm trigger --action=add; then start the station anew", rule, group, name)
}

// ruleFor returns the rule of udev that hands one kind of device to a group. The
// group input would do for key strokes, but whoever is in it reads every
// keyboard.
func ruleFor(present []Device, path, group string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	for _, d := range present {
		if d.Bus != busUSB {
			continue
		}
		who := fmt.Sprintf(`ATTRS{idVendor}=="%s", ATTRS{idProduct}=="%s", GROUP="%s", MODE="0660"`, d.Vendor, d.Product, group)
		if d.Raw == path {
			return `SUBSYSTEM=="hidraw", ` + who
		}
		for _, n := range d.Inputs {
			if n.Path == path && strings.HasPrefix(filepath.Base(path), "event") {
				return `SUBSYSTEM=="input", KERNEL=="event*", ` + who + `, ENV{LIBINPUT_IGNORE_DEVICE}="1"`
			}
		}
	}
	return ""
}
