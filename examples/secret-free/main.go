// Sailing-orders prints the orders it was built with, after checking that their signature is good.
package main

import (
	"crypto/ed25519"
	_ "embed"
	"fmt"
	"os"
)

var (
	//go:embed orders.txt
	orders []byte
	//go:embed orders.txt.sig
	signature []byte
	//go:embed orders.txt.pub
	public []byte
)

func main() {
	if !ed25519.Verify(ed25519.PublicKey(public), orders, signature) {
		fmt.Fprintln(os.Stderr, "the signature is bad: do not sail")
		os.Exit(1)
	}
	fmt.Printf("%ssignature good\n", orders)
}
