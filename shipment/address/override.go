package address

// Overridable reports whether a person may answer for the issue. Without a
// country there is no post to hand the parcel to.
func (is Issue) Overridable() bool { return is.Field != "country" }
