package main

import (
	"net/url"
	"testing"
)

func TestParseOrder(t *testing.T) {
	tests := []struct {
		product, quantity string
		want              int
		badProduct        bool
		badQuantity       bool
	}{
		{product: "deck-lamp", quantity: "1", want: 1},
		{product: " deck-lamp ", quantity: " 99 ", want: 99},
		{product: "", quantity: "2", badProduct: true},
		{product: "deck-lamp", quantity: "0", badQuantity: true},
		{product: "deck-lamp", quantity: "-3", badQuantity: true},
		{product: "deck-lamp", quantity: "100", badQuantity: true},
		{product: "deck-lamp", quantity: "1.5", badQuantity: true},
		{product: "deck-lamp", quantity: "99999999999999999999", badQuantity: true},
		{product: "", quantity: "", badProduct: true, badQuantity: true},
	}
	for _, test := range tests {
		t.Run(test.product+"/"+test.quantity, func(t *testing.T) {
			form, quantity := parseOrder(url.Values{"product": {test.product}, "quantity": {test.quantity}})
			if got := form.SKUError != ""; got != test.badProduct {
				t.Errorf("product refused: %v, want %v", got, test.badProduct)
			}
			if got := form.QuantityError != ""; got != test.badQuantity {
				t.Errorf("quantity refused: %v, want %v", got, test.badQuantity)
			}
			if form.ok() && quantity != test.want {
				t.Errorf("got quantity %d, want %d", quantity, test.want)
			}
		})
	}
}
