#!/usr/bin/env bash
# Haskell's statistics 0.16.1: of 1, 2, 3, 4 the variance is 1.25 and the stdDev 1.29, whose square is 1.67; fastStdDev is 1.12, covariance 1.25, and the one-pass fastVarianceUnbiased 1.67.
#
# A standard deviation is expected to be the root of the variance of the same module. variance, meanVariance, covariance and fastVariance divide by n, stdDev and the two with Unbiased in their names by n - 1, and fastStdDev, the quick way to
# stdDev by its name, by n again: columns standardised by one and judged by the other do not have variance 1, cov / (sd sd) of few rows is below the correlation, and a speed-up changes
# numbers. With many rows nothing shows. What to do: varianceUnbiased and its root, or variance and its root.
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
wanted='ghc=9.0.2-4 libghc-statistics-dev=0.16.1.0-1+b4'
# shellcheck disable=SC2086 # words wanted
missing=$(apt-get install -s --no-install-recommends $wanted 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'ghc|libghc-statistics-dev' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq $wanted $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in ghc libghc-statistics-dev; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
mkdir db
for file in root/var/lib/ghc/package.conf.d/*.conf; do sed "s#/usr/lib/#$PWD/root/usr/lib/#g; s#\${pkgroot}#$PWD/root/usr/lib/ghc#g" "$file" >"db/${file##*/}"; done
ghc=$PWD/root/usr/lib/ghc
rm -f "$ghc/package.conf.d"
ln -s "$PWD/db" "$ghc/package.conf.d"
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
"$ghc/bin/ghc-pkg" --global-package-db "$PWD/db" recache 2>/dev/null
cat >Main.hs <<'H'
import qualified Data.Vector.Unboxed as U
import Statistics.Sample
import System.Exit

main :: IO ()
main = do
  let v = U.fromList [1, 2, 3, 4] :: U.Vector Double
      near a b = abs (a - b) < 1e-9
  putStrLn ("variance " ++ show (variance v) ++ ", stdDev " ++ show (stdDev v) ++ ", its square " ++ show (stdDev v ^ (2 :: Int)) ++ ", fastStdDev " ++ show (fastStdDev v))
  putStrLn ("covariance of the column with itself " ++ show (covariance (U.zip v v)) ++ ", varianceUnbiased " ++ show (varianceUnbiased v) ++ ", fastVarianceUnbiased " ++ show (fastVarianceUnbiased v))
  if near (variance v) 1.25 && near (stdDev v ^ (2 :: Int)) (5 / 3) && near (fastStdDev v ^ (2 :: Int)) 1.25 && near (covariance (U.zip v v)) 1.25 then exitSuccess else exitFailure
H
"$ghc/bin/ghc" -v0 -B"$ghc" -O0 Main.hs -o try 2>log || { cat log; exit 1; }
./try || { echo "CHANGED"; exit 1; }
