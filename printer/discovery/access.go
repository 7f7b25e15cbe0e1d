package discovery

import (
	"fmt"
	"path/filepath"
	"strings"
)

// A right is who may use a device file.
type right struct {
	group  string // the file's group; empty where it has no name
	grants bool   // that group may read and write
	user   string // who asks
}

// remedy says how the user comes to use path. A rule names no more devices than
// those of its kind: the system's own consoles are ttys, too.
func (r right) remedy(path string) string {
	subsystem, group := "tty", "dialout"
	if strings.HasPrefix(path, "/dev/usb/") {
		subsystem, group = "usbmisc", "lp"
	}
	kernel := strings.TrimRight(filepath.Base(path), "0123456789") + "[0-9]*"
	if r.grants && r.group != "" && r.group != "root" {
		return fmt.Sprintf("sudo usermod -aG %s %s, then start the station anew; a person logs out and in again", r.group, r.user)
	}
	return fmt.Sprintf(`%s belongs to nobody's group. Write SUBSYSTEM=="%s", KERNEL=="%s", GROUP="%s", MODE="0660" into /etc/udev/rules.d/60-waybill.rules, then: sudo udevadm control --reload && sudo udevadm trigger && sudo usermod -aG %s %s`,
		path, subsystem, kernel, group, group, r.user)
}
