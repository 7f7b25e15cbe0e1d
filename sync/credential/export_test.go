package credential

// HashOf returns what the hub hears of a token.
func HashOf(token string) string { return hashOf(token) }
