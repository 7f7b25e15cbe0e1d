package atomicfile

// SyncDir does nothing: Windows has no call that makes a directory's names
// durable, and NTFS journals them itself.
func SyncDir(string) error { return nil }
