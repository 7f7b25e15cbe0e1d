//go:build !race

package labelproof_test

const raced = false // see race_test.go
