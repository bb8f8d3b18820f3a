package main

import (
	"errors"
	"strconv"
	"time"
)

// errNoProduct says that an order names a product that is not in the catalogue.
var errNoProduct = errors.New("no such product")

// product is one line of the catalogue. Flag is the letter of the signal flag
// that stands for it.
type product struct {
	SKU   string
	Name  string
	Note  string
	Flag  string
	Price cents
}

// order is one placed order, at the price of its day.
type order struct {
	Number    int64     `json:"number"`
	Product   string    `json:"product"`
	Quantity  int       `json:"quantity"`
	UnitPrice cents     `json:"unit_price_cents"`
	Total     cents     `json:"total_cents"`
	Placed    time.Time `json:"placed_at"`
}

// totals sums up all orders ever placed.
type totals struct {
	Orders  int64
	Items   int64
	Takings cents
}

// cents is an amount of euro cents.
type cents int64

// String gives the amount as in €1,234.50.
func (c cents) String() string {
	sign, amount := "", int64(c)
	if amount < 0 {
		sign, amount = "-", -amount
	}
	fraction := strconv.FormatInt(100+amount%100, 10)[1:]
	return sign + "€" + grouped(amount/100) + "." + fraction
}

// grouped writes n >= 0 with a comma between thousands.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
