#!/usr/bin/env bash
# OpenCV 4.6: of 60000 shuffles of 1, 2, 3 by randShuffle 1 3 2 comes 11100 times and 1 2 3 8800 times instead of 10000 each, and of a table with two columns each number moves by itself.
#
# A shuffle is expected to give every order alike, and a table's rows to stay whole. Each place is swapped with any other, chosen from all instead of from those still to come: 27 equally likely courses
# for 6 orders, which no share of 27 can make even. The larger iterFactor, the more even, and no factor makes it exact. Rows of a matrix with one channel are taken apart,
# values and labels alike; only channels stay together. What to do: std::shuffle of row numbers.
set -euo pipefail
command -v g++ >/dev/null || { echo "needs g++"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends libopencv-core-dev=4.6.0+dfsg-12 libopencv-core406=4.6.0+dfsg-12 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'libopencv-core-dev|libopencv-core406' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq libopencv-core-dev=4.6.0+dfsg-12 libopencv-core406=4.6.0+dfsg-12 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in libopencv-core-dev libopencv-core406; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
cat >try.cpp <<'C'
#include <algorithm>
#include <cstdio>
#include <map>
#include <opencv2/core.hpp>

int main()
{
    std::map<int, int> times;
    cv::RNG rng(1);
    for (int i = 0; i < 60000; i++) {
        cv::Mat x = (cv::Mat_<int>(1, 3) << 1, 2, 3);
        cv::randShuffle(x, 1, &rng);
        times[x.at<int>(0) * 100 + x.at<int>(1) * 10 + x.at<int>(2)]++;
    }
    for (auto &order : times) std::printf("%d %d times\n", order.first, order.second);
    cv::Mat table(100, 2, CV_32S);
    for (int i = 0; i < 100; i++) table.at<int>(i, 0) = table.at<int>(i, 1) = i;
    cv::randShuffle(table, 1, &rng);
    int torn = 0;
    for (int i = 0; i < 100; i++) torn += table.at<int>(i, 0) != table.at<int>(i, 1);
    std::printf("%d of 100 rows torn apart\n", torn);
    return !(times[123] < 9300 && times[312] < 9300 && times[132] > 10700 && times[213] > 10700 && torn > 90);
}
C
lib=root/usr/lib/x86_64-linux-gnu
g++ -O1 -w -Iroot/usr/include/opencv4 -Iroot/usr/include/x86_64-linux-gnu/opencv4 try.cpp $lib/libopencv_core.so.406 -Wl,--allow-shlib-undefined -o try
LD_LIBRARY_PATH=$PWD/$lib:$PWD/$lib/blas:$PWD/$lib/lapack ./try || { echo CHANGED; exit 1; }
