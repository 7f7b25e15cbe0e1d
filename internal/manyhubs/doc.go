// Package manyhubs runs several hubs at once as real processes, on a real
// PostgreSQL and a real nats-server, kills them under load and counts afterwards.
// It has only tests.
package manyhubs
