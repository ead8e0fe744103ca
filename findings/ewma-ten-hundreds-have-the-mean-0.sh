#!/usr/bin/env bash
# VividCortex/ewma 1.1.1 (Go): NewMovingAverage(29) of ten numbers 100 is 0 and of eleven 100; NewMovingAverage(30) is 100 from the first one on, and where the first was 1000 and ten more 100 it is 562, with 29 it is 184.
#
# One number more of age is expected to change an average by little, and an average of 100s to be 100. An age of 30 is another type than any other one: it begins with the first number as it is, all others answer 0 until they have seen ten numbers and then begin with the mean of these.
# A balancer takes a server that is new for one without latency, an alarm for "below" goes off at each start; a slow first request stays for half a minute, but only at 30. Nothing is said.
# What to do: look at the count of numbers before, or Set(first) on a variable one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq golang-1.19-go=1.19.8-2 golang-1.19-src=1.19.8-2 golang-github-vividcortex-ewma-dev=1.1.1-2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f golang-github-vividcortex-ewma-dev_*.deb Version | sed 's/^/golang-github-vividcortex-ewma-dev /'
cp -r root/usr/share/go-1.19 go
for part in bin pkg; do rm -rf "go/$part" && cp -r "root/usr/lib/go-1.19/$part" "go/$part"; done
mkdir path
ln -s "$PWD/root/usr/share/gocode/src" path/src
cat >try.go <<'G'
package main

import (
	"fmt"
	"os"

	"github.com/VividCortex/ewma"
)

func after(age float64, numbers ...float64) float64 {
	average := ewma.NewMovingAverage(age)
	for _, x := range numbers {
		average.Add(x)
	}
	return average.Value()
}

func main() {
	hundreds := []float64{100, 100, 100, 100, 100, 100, 100, 100, 100, 100}
	spike := append([]float64{1000}, hundreds...)
	first, ten, eleven := after(29, 100), after(29, hundreds...), after(29, append(hundreds, 100)...)
	other, slow, fast := after(30, 100), after(30, spike...), after(29, spike...)
	fmt.Println("age 29: after one 100", first, "after ten", ten, "after eleven", eleven, "; age 30 after one", other, "; 1000 and ten 100: age 30", slow, "age 29", fast)
	if first != 0 || ten != 0 || eleven < 99.9 || other != 100 || slow < 500 || fast > 200 {
		os.Exit(1)
	}
}
G
GOROOT=$PWD/go GOCACHE=$PWD/cache GOPATH=$PWD/path GO111MODULE=off GOFLAGS='' CGO_ENABLED=0 go/bin/go run try.go || { echo "CHANGED"; exit 1; }
