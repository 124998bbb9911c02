package main

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"os"
)

//go:embed page.html
var pages embed.FS

var page = template.Must(template.ParseFS(pages, "page.html"))

type ship struct {
	Name  string
	Berth int
}

var ships = []ship{{"Albatross", 1}, {"Kittiwake", 4}, {"Storm Petrel", 7}}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", showShips)
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	return mux
}

func showShips(w http.ResponseWriter, _ *http.Request) {
	data := struct {
		Ships []ship
		User  int
	}{ships, os.Getuid()}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, data)
}
