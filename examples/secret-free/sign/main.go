// Sign writes an Ed25519 signature of a file, and the public key that checks it, next to the file.
//
//	sign SECRET FILE
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"log"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: sign SECRET FILE")
	}
	secret, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	message, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	seed := sha256.Sum256(secret)
	key := ed25519.NewKeyFromSeed(seed[:])
	write(os.Args[2]+".sig", ed25519.Sign(key, message))
	write(os.Args[2]+".pub", key.Public().(ed25519.PublicKey))
}

func write(path string, data []byte) {
	if err := os.WriteFile(path, data, 0o644); err != nil {
		log.Fatal(err)
	}
}
