package main

import (
	"net/url"
	"strconv"
	"strings"
)

// maxQuantity is the largest quantity of one order.
const maxQuantity = 99

// orderForm is what a visitor sent, kept as sent so that a refused form can be
// shown again, with what is wrong in each field.
type orderForm struct {
	SKU           string
	Quantity      string
	SKUError      string
	QuantityError string
}

// parseOrder reads a form. The quantity is valid only if the form is ok; whether
// the product exists is for the order book to say.
func parseOrder(values url.Values) (form orderForm, quantity int) {
	form.SKU = strings.TrimSpace(values.Get("product"))
	form.Quantity = strings.TrimSpace(values.Get("quantity"))
	if form.SKU == "" {
		form.SKUError = "Choose a product."
	}
	quantity, err := strconv.Atoi(form.Quantity)
	if err != nil || quantity < 1 || quantity > maxQuantity {
		form.QuantityError = "Enter a whole number from 1 to " + strconv.Itoa(maxQuantity) + "."
	}
	return form, quantity
}

// ok tells whether nothing was found wrong.
func (f orderForm) ok() bool { return f.SKUError == "" && f.QuantityError == "" }
