#!/usr/bin/env bash
# Go 1.19's encoding/json: of {"x":[1,2]} and {"x":[null,5]} read one after the other into the same variable the second is 1 5, rows kept in a list are all the last one, and a key "w" overwrites the field W.
#
# Null is expected to be an error for a number, or 0 as in a fresh variable. It means "leave it": the memory of a slice is used again, so that each gap has the number of the row before it, and of a slice that was appended to a list the
# numbers are those of the last line. A field that a line does not have keeps the one above, too. Keys are compared without regard to case although one fits exactly: {"W":1,"w":2} gives 2 for `json:"W"`.
# No error from either. What to do: a fresh variable for each line, []*float64 where null may come, another name than w beside W.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq golang-1.19-go=1.19.8-2 golang-1.19-src=1.19.8-2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f golang-1.19-go_*.deb Version | sed 's/^/golang-1.19-go /'
cp -r root/usr/share/go-1.19 go
for part in bin pkg; do rm -rf "go/$part" && cp -r "root/usr/lib/go-1.19/$part" "go/$part"; done
cat >try.go <<'G'
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type row struct {
	X []float64 `json:"x"`
	T float64   `json:"t"`
}

func main() {
	decoder := json.NewDecoder(strings.NewReader(`{"x":[1,2],"t":9} {"x":[null,5]} {"x":[7,null]}`))
	var one row
	seen, kept := "", []row{}
	for decoder.Decode(&one) == nil {
		seen += fmt.Sprint(one, " ")
		kept = append(kept, one)
	}
	var fresh row
	problem := json.Unmarshal([]byte(`{"x":[null,5]}`), &fresh)
	var model struct {
		W float64 `json:"W"`
	}
	again := json.Unmarshal([]byte(`{"W":1,"w":2}`), &model)
	fmt.Println("one variable:", seen, " kept in a list:", kept, " a fresh variable:", fresh, problem, " W of W 1 and w 2:", model.W, again)
	if seen != "{[1 2] 9} {[1 5] 9} {[7 5] 9} " || fmt.Sprint(kept) != "[{[7 5] 9} {[7 5] 9} {[7 5] 9}]" || fresh.X[0] != 0 || problem != nil || model.W != 2 || again != nil {
		os.Exit(1)
	}
}
G
GOROOT=$PWD/go GOCACHE=$PWD/cache GOPATH=$PWD/path GO111MODULE=off GOFLAGS='' CGO_ENABLED=0 go/bin/go run try.go || { echo "CHANGED"; exit 1; }
