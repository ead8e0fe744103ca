#!/usr/bin/env bash
# OpenCV 4.6: cv::log of 0, -1, -5 is -709, 0, 1.6, in float -88, 0, 1.6; and the angle of (1, 1) by cv::phase is 0.78523 and not 0.78540.
#
# The logarithms are expected to be -inf and NaN. Of a negative number the sign is dropped, and of 0 comes the logarithm of the least number: entropies, free energies and likelihoods that are impossible or
# broken look like unlikely ones, by another amount in float than in double, and a mean of them is a number. phase and cartToPolar use an angle in single precision, good to four digits, whatever the type of the
# array. Nothing is said. What to do: std::log and std::atan2 in a loop, or checkRange with limits before.
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
#include <cmath>
#include <cstdio>
#include <opencv2/core.hpp>

int main()
{
    cv::Mat x = (cv::Mat_<double>(1, 3) << 0, -1, -5), f, a, b, angle, one(1, 1, CV_64F, cv::Scalar(1));
    x.convertTo(f, CV_32F);
    cv::log(x, a);
    cv::log(f, b);
    cv::phase(one, one, angle);
    double of[] = {a.at<double>(0), a.at<double>(1), a.at<double>(2), b.at<float>(0), b.at<float>(1), b.at<float>(2)};
    std::printf("log of 0, -1, -5: %.2f %.2f %.4f; in float: %.2f %.2f %.4f\n", of[0], of[1], of[2], of[3], of[4], of[5]);
    std::printf("angle of (1, 1): %.6f, by atan2 %.6f\n", angle.at<double>(0), std::atan2(1, 1));
    return !(of[0] < -700 && of[0] > -720 && of[1] == 0 && std::fabs(of[2] - std::log(5)) < 1e-9 && of[3] < -80 && of[3] > -110 && of[4] == 0 && std::fabs(angle.at<double>(0) - std::atan2(1, 1)) > 1e-4);
}
C
lib=root/usr/lib/x86_64-linux-gnu
g++ -O1 -w -Iroot/usr/include/opencv4 -Iroot/usr/include/x86_64-linux-gnu/opencv4 try.cpp $lib/libopencv_core.so.406 -Wl,--allow-shlib-undefined -o try
LD_LIBRARY_PATH=$PWD/$lib:$PWD/$lib/blas:$PWD/$lib/lapack ./try || { echo CHANGED; exit 1; }
