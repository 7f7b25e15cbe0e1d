package intake

// TestOnlyCannotTell makes f behave as where the system does not know who writes
// to a file, as on a network share.
func (f *Folder) TestOnlyCannotTell() { f.writer = func(string) writing { return cannotTell } }
