// Harbour serves a page about the ships in a harbour, and can ask itself whether it is well.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	if len(os.Args) > 1 && os.Args[1] == "healthcheck" {
		os.Exit(checkHealth("http://127.0.0.1:" + port + "/healthz"))
	}
	if err := serve(":" + port); err != nil {
		log.Fatal(err)
	}
}

// serve answers requests until the process is told to stop, then lets the running ones finish.
func serve(address string) error {
	server := &http.Server{Addr: address, Handler: routes(), ReadHeaderTimeout: 5 * time.Second}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	go func() {
		<-stop.Done()
		deadline, release := context.WithTimeout(context.Background(), 3*time.Second)
		defer release()
		_ = server.Shutdown(deadline)
	}()
	log.Printf("listening on %s as user %d", address, os.Getuid())
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// checkHealth is what HEALTHCHECK runs: the image has no shell, curl or wget to do it with.
func checkHealth(url string) int {
	client := http.Client{Timeout: 2 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		log.Print(err)
		return 1
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		log.Print(response.Status)
		return 1
	}
	return 0
}
