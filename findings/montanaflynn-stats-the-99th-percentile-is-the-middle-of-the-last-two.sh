#!/usr/bin/env bash
# montanaflynn/stats 0.6.4 (Go): of 1, 2, 3, 4 Percentile(50) is 2 and Median 2.5, Percentile(99) is 3.5, of 1 and 1000 Percentile(90) is 500.5; LoadRawData of "1", "x", "", "3" is 1, 3, and Covariance of a column with itself is 1.67 where its Variance is 1.25.
#
# The percentile of one half is expected to be the median, and the 99th of few numbers near the largest. Where the place is no whole number it is the mean of the two numbers beside it, whatever the fraction, so that tails of small samples come out far too low, and
# the 10th of four is an error. What is no number is left out when loading, without an error, and rows behind move up. Variance divides by n, Covariance by n - 1. What to do: PercentileNearestRank; strconv.ParseFloat; SampleVariance.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq golang-1.19-go=1.19.8-2 golang-1.19-src=1.19.8-2 golang-github-montanaflynn-stats-dev=0.6.4-2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f golang-github-montanaflynn-stats-dev_*.deb Version | sed 's/^/golang-github-montanaflynn-stats-dev /'
cp -r root/usr/share/go-1.19 go
for part in bin pkg; do rm -rf "go/$part" && cp -r "root/usr/lib/go-1.19/$part" "go/$part"; done
mkdir path
ln -s "$PWD/root/usr/share/gocode/src" path/src
cat >try.go <<'G'
package main

import (
	"fmt"
	"os"

	"github.com/montanaflynn/stats"
)

func main() {
	four := []float64{1, 2, 3, 4}
	half, _ := stats.Percentile(four, 50)
	median, _ := stats.Median(four)
	high, _ := stats.Percentile(four, 99)
	two, _ := stats.Percentile([]float64{1, 1000}, 90)
	rank, _ := stats.PercentileNearestRank(four, 99)
	_, low := stats.Percentile(four, 10)
	loaded := stats.LoadRawData([]string{"1", "x", "", "3"})
	variance, _ := stats.Variance(four)
	covariance, _ := stats.Covariance(four, four)
	fmt.Println("percentile 50:", half, "median:", median, "percentile 99:", high, "nearest rank:", rank, "of 1 and 1000, 90:", two, "10:", low, "loaded:", loaded, "variance:", variance, "covariance:", covariance)
	if half != 2 || median != 2.5 || high != 3.5 || rank != 4 || two != 500.5 || low == nil || len(loaded) != 2 || variance != 1.25 || covariance < 1.66 {
		os.Exit(1)
	}
}
G
GOROOT=$PWD/go GOCACHE=$PWD/cache GOPATH=$PWD/path GO111MODULE=off GOFLAGS='' CGO_ENABLED=0 go/bin/go run try.go || { echo "CHANGED"; exit 1; }
