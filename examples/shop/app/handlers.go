package main

import (
	"errors"
	"net/http"
	"strconv"
)

// recentOrders is how many orders the page and the API list.
const recentOrders = 12

// maxFormBytes bounds the body of an order.
const maxFormBytes = 8 << 10

func (s *shop) showPage(w http.ResponseWriter, r *http.Request) {
	placed, _ := strconv.ParseInt(r.URL.Query().Get("placed"), 10, 64)
	s.render(w, r, http.StatusOK, view{Form: orderForm{Quantity: "1"}, Placed: placed})
}

// placeOrder answers a good order with a redirect, so that reloading the page
// does not place it again, and a bad one with the form and what is wrong in it.
func (s *shop) placeOrder(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	form, quantity := parseOrder(r.PostForm)
	if !form.ok() {
		s.render(w, r, http.StatusUnprocessableEntity, view{Form: form})
		return
	}
	number, err := s.orders.Place(r.Context(), form.SKU, quantity)
	switch {
	case errors.Is(err, errNoProduct):
		form.SKUError = "That product is not in the catalogue."
		s.render(w, r, http.StatusUnprocessableEntity, view{Form: form})
	case err != nil:
		s.log.ErrorContext(r.Context(), "place order", "error", err)
		s.render(w, r, http.StatusServiceUnavailable, view{Form: form, Problem: "The order was not placed. Please try again."})
	default:
		http.Redirect(w, r, "/?placed="+strconv.FormatInt(number, 10), http.StatusSeeOther)
	}
}

func (s *shop) listOrders(w http.ResponseWriter, r *http.Request) {
	recent, err := s.orders.Recent(r.Context(), recentOrders)
	if err != nil {
		s.log.ErrorContext(r.Context(), "list orders", "error", err)
		writeJSON(w, http.StatusServiceUnavailable, map[string]string{"error": "the order book cannot be reached"})
		return
	}
	if recent == nil {
		recent = []order{}
	}
	writeJSON(w, http.StatusOK, map[string][]order{"orders": recent})
}
