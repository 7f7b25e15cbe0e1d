package powercut

import (
	"cmp"
	"io"
	"io/fs"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// A File is an open file of a Disk.
type File struct {
	d          *Disk
	n          *inode
	name       string
	life       int
	readOnly   bool // as the system has it: such a file is neither written nor locked against others
	syncFolder bool // with the first sync of the file
	shm        vfs.SharedMemory
	lock       vfs.LockLevel
}

// live returns why the file cannot be used, under the lock.
func (f *File) live() error {
	if f.d.off || f.life != f.d.life {
		return ErrOff
	}
	return nil
}

// change has a step change the file.
func (f *File) change(c change) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.live(); err != nil {
		return err
	}
	if f.readOnly {
		return fs.ErrPermission
	}
	return f.d.step(false, func() { f.n.change(c) })
}

// ReadAt reads what programs see of the file.
func (f *File) ReadAt(b []byte, off int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.live(); err != nil {
		return 0, vfs.SystemError(err, sqlite3.IOERR_READ)
	}
	if off >= int64(len(f.n.now)) {
		return 0, io.EOF
	}
	n := copy(b, f.n.now[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt writes, and syncs nothing.
func (f *File) WriteAt(b []byte, off int64) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if err := f.change(change{at: off, data: append([]byte(nil), b...)}); err != nil {
		return 0, vfs.SystemError(err, sqlite3.IOERR_WRITE)
	}
	return len(b), nil
}

// Truncate makes the file shorter or longer, and syncs nothing.
func (f *File) Truncate(size int64) error {
	return vfs.SystemError(f.change(change{at: size}), sqlite3.IOERR_TRUNCATE)
}

// Flush makes the file durable, as fsync does.
func (f *File) Flush() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.live(); err != nil {
		return err
	}
	var failed error
	err := f.d.step(true, func() {
		if f.d.syncFails(f.n) {
			failed = ErrSync
			return
		}
		f.n.sync()
		if f.syncFolder {
			f.d.syncFolder()
			f.syncFolder = false
		}
	})
	return cmp.Or(err, failed)
}

// Sync makes the file durable for SQLite.
func (f *File) Sync(vfs.SyncFlag) error {
	return vfs.SystemError(f.Flush(), sqlite3.IOERR_FSYNC)
}

// Size returns how long the file is for programs.
func (f *File) Size() (int64, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.live(); err != nil {
		return 0, vfs.SystemError(err, sqlite3.IOERR_FSTAT)
	}
	return int64(len(f.n.now)), nil
}

// Close closes the file, and syncs nothing.
func (f *File) Close() error {
	if f.shm != nil {
		_ = f.shm.Close() // SQLite has let go of it, and then it complains
	}
	return f.Unlock(vfs.LOCK_NONE)
}

// SharedMemory returns what SQLite's connections to one database share.
func (f *File) SharedMemory() vfs.SharedMemory { return f.shm }

// SectorSize is what SQLite takes every disk's to be.
func (*File) SectorSize() int { return 4096 }

// DeviceCharacteristics promises what SQLite expects of a disk where nobody says
// otherwise: a write that breaks off harms nothing beside it.
func (*File) DeviceCharacteristics() vfs.DeviceCharacteristic {
	return vfs.IOCAP_POWERSAFE_OVERWRITE | vfs.IOCAP_SUBPAGE_READ
}

// Lock takes a lock, or says that somebody has it.
func (f *File) Lock(lock vfs.LockLevel) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.lock >= lock {
		return nil
	}
	if f.readOnly && lock > vfs.LOCK_SHARED {
		return sqlite3.IOERR_LOCK
	}
	n := f.n
	switch lock {
	case vfs.LOCK_SHARED:
		if n.exclusive {
			return sqlite3.BUSY
		}
		n.shared++
	case vfs.LOCK_RESERVED:
		if n.reserved != nil {
			return sqlite3.BUSY
		}
		n.reserved = f
	case vfs.LOCK_EXCLUSIVE:
		if (n.reserved != nil && n.reserved != f) || n.shared > 1 {
			return sqlite3.BUSY
		}
		n.reserved, n.exclusive = f, true
	case vfs.LOCK_NONE, vfs.LOCK_PENDING: // nobody asks for these
	}
	f.lock = lock
	return nil
}

// Unlock gives up a lock, or some of it.
func (f *File) Unlock(lock vfs.LockLevel) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.lock <= lock {
		return nil
	}
	if f.lock > vfs.LOCK_SHARED {
		f.n.reserved, f.n.exclusive = nil, false
	}
	if lock == vfs.LOCK_NONE {
		f.n.shared--
	}
	f.lock = lock
	return nil
}

// CheckReservedLock reports whether anybody is about to write.
func (f *File) CheckReservedLock() (bool, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	return f.n.reserved != nil, nil
}

// An Opened file is one as other programs than SQLite know it.
type Opened struct{ *File }

// Sync makes the file durable.
func (o Opened) Sync() error { return o.Flush() }

// Stat returns the file's name and size.
func (o Opened) Stat() (fs.FileInfo, error) {
	size, err := o.Size()
	return info{o.name, size}, err
}

type info struct {
	name string
	size int64
}

func (i info) Name() string     { return i.name }
func (i info) Size() int64      { return i.size }
func (info) Mode() fs.FileMode  { return 0o600 }
func (info) ModTime() time.Time { return time.Time{} }
func (info) IsDir() bool        { return false }
func (info) Sys() any           { return nil }
