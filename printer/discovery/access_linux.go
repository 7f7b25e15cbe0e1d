package discovery

import (
	"errors"
	"io/fs"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"
)

// access says why this user may not use a device file, and what to do. It does
// not open it: a serial port moves its lines at that.
func access(path string) (problem, remedy string) {
	err := unix.Access(path, unix.R_OK|unix.W_OK)
	if err == nil {
		return "", ""
	}
	if !errors.Is(err, fs.ErrPermission) {
		return path + ": " + err.Error(), ""
	}
	var st unix.Stat_t
	r := right{user: "USER"}
	if me, err := user.Current(); err == nil {
		r.user = me.Username
	}
	if unix.Stat(path, &st) == nil {
		r.grants = st.Mode&0o060 == 0o060
		if g, err := user.LookupGroupId(strconv.FormatUint(uint64(st.Gid), 10)); err == nil {
			r.group = g.Name
		}
	}
	return "the user " + r.user + " may not use " + path, r.remedy(path)
}
