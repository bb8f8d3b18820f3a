package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func wantStatus(t *testing.T, response *httptest.ResponseRecorder, want int) {
	t.Helper()
	if response.Code != want {
		t.Fatalf("got status %d, want %d:\n%s", response.Code, want, response.Body)
	}
}

func wantBody(t *testing.T, response *httptest.ResponseRecorder, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(response.Body.String(), want) {
			t.Errorf("page lacks %q:\n%s", want, response.Body)
		}
	}
}

func TestPageShowsCatalogueOrdersAndInstance(t *testing.T) {
	f := newFixture()
	f.order(t, "deck-lamp", "20")
	f.get(t, "/")
	response := f.get(t, "/")
	wantStatus(t, response, http.StatusOK)
	wantBody(t, response, "Deck lamp", "€89.50", "Watch cap", "1001", "€1,790.00", "1 Mar, 09:30",
		`<dd id="hits">2</dd>`, "web-1", "database.internal", "/style.css?v=1.0")
}

func TestOrderIsPlacedOnceAndAnnounced(t *testing.T) {
	f := newFixture()
	response := f.order(t, "watch-cap", "3")
	wantStatus(t, response, http.StatusSeeOther)
	if len(f.orders.placed) != 1 || f.orders.placed[0].Quantity != 3 {
		t.Errorf("order book holds %+v", f.orders.placed)
	}
	wantBody(t, f.get(t, response.Header().Get("Location")), "Order <strong>1001</strong> is placed: 3 × Watch cap, €87.00.")
}

func TestRefusedOrderIsShownAgain(t *testing.T) {
	for name, test := range map[string]struct{ product, quantity, want string }{
		"no product":      {"", "2", "Choose a product."},
		"unknown product": {"submarine", "2", "That product is not in the catalogue."},
		"bad quantity":    {"deck-lamp", "many", "Enter a whole number from 1 to 99."},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			response := f.order(t, test.product, test.quantity)
			wantStatus(t, response, http.StatusUnprocessableEntity)
			wantBody(t, response, test.want, `value="`+test.quantity+`"`)
			if len(f.orders.placed) != 0 {
				t.Errorf("order book holds %+v", f.orders.placed)
			}
		})
	}
}

func TestPageEscapes(t *testing.T) {
	f := newFixture()
	f.orders.products = append(f.orders.products, product{SKU: `"><b>`, Name: "<script>alert(1)</script>", Flag: `"><i>`})
	response := f.order(t, "", `"><img src=x>`)
	wantStatus(t, response, http.StatusUnprocessableEntity)
	wantBody(t, response, "&lt;script&gt;", "&lt;img src=x&gt;")
	for _, raw := range []string{"<script", "<img", "<b>", "<i>"} {
		if strings.Contains(response.Body.String(), raw) {
			t.Errorf("page holds %q unescaped", raw)
		}
	}
}

func TestForeignSiteCannotPlaceAnOrder(t *testing.T) {
	f := newFixture()
	request := httptest.NewRequest(http.MethodPost, "/orders", strings.NewReader("product=deck-lamp&quantity=1"))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	response := httptest.NewRecorder()
	f.routes.ServeHTTP(response, request)
	wantStatus(t, response, http.StatusForbidden)
	if len(f.orders.placed) != 0 {
		t.Errorf("order book holds %+v", f.orders.placed)
	}
}

func TestLargeFormIsRefused(t *testing.T) {
	f := newFixture()
	wantStatus(t, f.order(t, strings.Repeat("x", maxFormBytes), "1"), http.StatusBadRequest)
}

func TestBrokenOrderBook(t *testing.T) {
	f := newFixture()
	f.orders.broken = errors.New("connection refused")
	page, place, api := f.get(t, "/"), f.order(t, "deck-lamp", "1"), f.get(t, "/api/orders")
	for _, response := range []*httptest.ResponseRecorder{page, place, api} {
		wantStatus(t, response, http.StatusServiceUnavailable)
		if strings.Contains(response.Body.String(), "refused") {
			t.Errorf("the cause is shown to a visitor:\n%s", response.Body)
		}
	}
	wantBody(t, page, "The order book cannot be reached just now.")
	wantBody(t, place, "The order was not placed.")
	if !strings.Contains(f.log.String(), "connection refused") {
		t.Errorf("the cause is not logged:\n%s", f.log)
	}
}

func TestStuckCacheCostsOnlyTheCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture()
		f.hits.stuck = true
		start := time.Now()
		response := f.get(t, "/")
		wantStatus(t, response, http.StatusOK)
		wantBody(t, response, "Deck lamp", "The cache cannot be reached")
		if took := time.Since(start); took > cacheTimeout {
			t.Errorf("the page took %s, want at most %s", took, cacheTimeout)
		}
	})
}

func TestOrdersAsJSON(t *testing.T) {
	f := newFixture()
	wantBody(t, f.get(t, "/api/orders"), `{"orders":[]}`)
	f.order(t, "deck-lamp", "2")
	response := f.get(t, "/api/orders")
	wantStatus(t, response, http.StatusOK)
	var body struct{ Orders []map[string]any }
	if err := json.Unmarshal(response.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	if len(body.Orders) != 1 {
		t.Fatalf("got %d orders, want 1", len(body.Orders))
	}
	for field, want := range map[string]any{
		"number": 1001.0, "product": "Deck lamp", "quantity": 2.0,
		"unit_price_cents": 8950.0, "total_cents": 17900.0, "placed_at": "2026-03-01T09:30:00Z",
	} {
		if got := body.Orders[0][field]; got != want {
			t.Errorf("%s: got %v, want %v", field, got, want)
		}
	}
}

func TestRoutes(t *testing.T) {
	f := newFixture()
	for path, want := range map[string]int{
		"/style.css": http.StatusOK, "/favicon.svg": http.StatusOK,
		"/orders": http.StatusMethodNotAllowed, "/page.html": http.StatusNotFound, "/nowhere": http.StatusNotFound,
	} {
		if got := f.get(t, path).Code; got != want {
			t.Errorf("%s: got status %d, want %d", path, got, want)
		}
	}
}
