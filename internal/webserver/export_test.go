package webserver

import "time"

// SetGrace changes how long answers under way have to finish.
func (s *Server) SetGrace(d time.Duration) { s.grace = d }

// SetHeaderDeadline changes how long a request's header may take.
func (s *Server) SetHeaderDeadline(d time.Duration) { s.header = d }
