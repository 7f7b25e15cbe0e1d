//go:build race

package raced

const watched = true
