package webserver

import "time"

// SetGrace changes how long answers under way have to finish.
func (s *Server) SetGrace(d time.Duration) { s.grace = d }
