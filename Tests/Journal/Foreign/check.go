// Judges what our journals hand out with golang.org/x/mod/sumdb/note and tlog, and makes a note and proofs of its own.
// It knows nothing of our code. Each line of the standard input asks one thing, in fields between tabs; each line of the
// answer begins with "good" or "bad".
//
//	note KEY NOTE                                          a signed note, in base 64
//	inclusion SIZE ROOT INDEX LEAF PATH                    hashes in base 64, a path's between commas
//	consistency SIZE ROOT OLDSIZE OLDROOT PATH
//	tiles DIRECTORY KEY CHECKPOINT INDEX OLDSIZE           tiles under DIRECTORY/tile, as tlog-tiles has them
//	directory DIRECTORY KEY                                a whole log as tlog-tiles has it: checkpoint and all tiles
//	proof KEY PROOF                                        a tlog-proof, in base 64, whose extra data is the leaf
//	sign TEXT                                              a text in base 64
package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		answer, err := judge(fields[0], fields[1:])
		if err != nil {
			fmt.Println("bad\t" + strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("good" + answer)
		}
	}
}

func judge(what string, fields []string) (string, error) {
	switch what {
	case "note":
		_, err := open(fields[0], decode(fields[1]))
		return "", err
	case "inclusion":
		return "", tlog.CheckRecord(hashes(fields[4]), number(fields[0]), hash(fields[1]), number(fields[2]), hash(fields[3]))
	case "consistency":
		return "", tlog.CheckTree(hashes(fields[4]), number(fields[0]), hash(fields[1]), number(fields[2]), hash(fields[3]))
	case "tiles":
		return tiles(fields)
	case "directory":
		return whole(fields[0], fields[1])
	case "proof":
		return "", proof(fields[0], string(decode(fields[1])))
	case "sign":
		return sign(string(decode(fields[0])))
	}
	return "", errors.New("unknown question")
}

func open(key string, message []byte) (string, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return "", err
	}
	opened, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return "", err
	}
	return opened.Text, nil
}

// checkpoint opens a tlog-checkpoint.
func checkpoint(key string, message []byte) (tlog.Tree, error) {
	text, err := open(key, message)
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return tlog.Tree{}, errors.New("not three lines")
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: number(lines[1]), Hash: root}, err
}

// tiles reads the tiles that a tree takes, which authenticates each, and proves with them.
func tiles(fields []string) (string, error) {
	tree, err := checkpoint(fields[1], decode(fields[2]))
	if err != nil {
		return "", err
	}
	reader := tlog.TileHashReader(tree, directory(fields[0]))
	inclusion, err := tlog.ProveRecord(tree.N, number(fields[3]), reader)
	if err != nil {
		return "", err
	}
	consistency, err := tlog.ProveTree(tree.N, number(fields[4]), reader)
	if err != nil {
		return "", err
	}
	return "\t" + join(inclusion) + "\t" + join(consistency), nil
}

// whole reads every leaf's hash through all tiles, and makes the root of them once more.
func whole(path string, key string) (string, error) {
	message, err := os.ReadFile(filepath.Join(path, "checkpoint"))
	if err != nil {
		return "", err
	}
	tree, err := checkpoint(key, message)
	if err != nil {
		return "", err
	}
	reader := tlog.TileHashReader(tree, directory(path))
	var stored []tlog.Hash
	have := tlog.HashReaderFunc(func(indexes []int64) (list []tlog.Hash, err error) {
		for _, index := range indexes {
			list = append(list, stored[index])
		}
		return list, nil
	})
	for start := int64(0); start < tree.N; start += 256 {
		var indexes []int64
		for n := start; n < start+256 && n < tree.N; n++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, n))
		}
		leaves, err := reader.ReadHashes(indexes)
		if err != nil {
			return "", err
		}
		for n, leaf := range leaves {
			more, err := tlog.StoredHashesForRecordHash(start+int64(n), leaf, have)
			if err != nil {
				return "", err
			}
			stored = append(stored, more...)
		}
	}
	root, err := tlog.TreeHash(tree.N, have)
	if err == nil && root != tree.Hash {
		err = errors.New("another root")
	}
	return "\t" + strconv.FormatInt(tree.N, 10), err
}

type directory string

func (d directory) Height() int { return 8 }

func (d directory) ReadTiles(tiles []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range tiles {
		// Here the height is part of the path, in tlog-tiles it is not.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(string(d), path))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func (d directory) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

// proof checks a tlog-proof.
func proof(key string, text string) error {
	head, message, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("no proof")
	}
	tree, err := checkpoint(key, []byte(message))
	if err != nil {
		return err
	}
	leaf := decode(strings.TrimPrefix(lines[1], "extra "))
	index := number(strings.TrimPrefix(lines[2], "index "))
	return tlog.CheckRecord(hashes(strings.Join(lines[3:], ",")), tree.N, tree.Hash, index, tlog.RecordHash(leaf))
}

// sign makes a key, and a note with the text.
func sign(text string) (string, error) {
	secret, public, err := note.GenerateKey(rand.Reader, "elsewhere.example/log")
	if err != nil {
		return "", err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return "", err
	}
	message, err := note.Sign(&note.Note{Text: text}, signer)
	return "\t" + public + "\t" + base64.StdEncoding.EncodeToString(bytes.TrimSpace(message)), err
}

// What we hand over ourselves is written rightly, or the program ends.

func decode(text string) []byte {
	return must(base64.StdEncoding.DecodeString(text))
}

func number(text string) int64 {
	return must(strconv.ParseInt(text, 10, 64))
}

func hash(text string) tlog.Hash {
	return must(tlog.ParseHash(text))
}

func hashes(text string) (list []tlog.Hash) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
		list = append(list, hash(part))
	}
	return list
}

func join(list []tlog.Hash) string {
	var texts []string
	for _, hash := range list {
		texts = append(texts, hash.String())
	}
	return strings.Join(texts, ",")
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}
