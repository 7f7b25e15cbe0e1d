package api

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"waybill/agent"
	"waybill/agent/page"
	"waybill/internal/fault"
	"waybill/internal/guard"
	"waybill/shipment"
)

type overrideBody struct {
	By     string `json:"by" minLength:"2" maxLength:"100" doc:"Who answers for the address."`
	Reason string `json:"reason" minLength:"3" maxLength:"200" doc:"Why it is right; it is kept."`
}

type overrideInput struct {
	ID   string `path:"id"`
	Body overrideBody
}

func (s *server) override(ctx context.Context, id shipment.OrderID, b overrideBody) (*orderAnswer, error) {
	st, taken, err := s.Desk.OverrideAddress(ctx, id, shipment.AddressOverride{By: b.By, Reason: b.Reason})
	if err != nil {
		return nil, problem(err)
	}
	if taken == agent.Rejected {
		return nil, unprocessable("The order is still refused.", st.Why.Problems)
	}
	return &orderAnswer{Status: http.StatusOK, Body: view(st)}, nil
}

// overrideForm takes the word of a person at the packer's page.
func (s *server) overrideForm(w http.ResponseWriter, r *http.Request) {
	word := shipment.AddressOverride{By: strings.TrimSpace(r.PostFormValue(page.ByField)), Reason: strings.TrimSpace(r.PostFormValue(page.ReasonField))}
	if n := utf8.RuneCountInString(word.By); n < 2 || n > 100 {
		guard.Problem(w, http.StatusUnprocessableEntity, "Say who you are: at least two letters.")
		return
	}
	if n := utf8.RuneCountInString(word.Reason); n < 3 || n > 200 {
		guard.Problem(w, http.StatusUnprocessableEntity, "Say why the address is right: at least three letters.")
		return
	}
	st, taken, err := s.Desk.OverrideAddress(r.Context(), shipment.OrderID(r.PathValue("id")), word)
	if err == nil && taken == agent.Rejected {
		err = &fault.Error{Op: "address override", Kind: fault.Conflict, Err: st.Why.Problems}
	}
	if err != nil {
		guard.Problem(w, status(err), err.Error())
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
