package verify

// MaxiText and ReadMaxiCode are for the fuzz target.
var (
	MaxiText     = maxiText
	ReadMaxiCode = readMaxiCode
)
