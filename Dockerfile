# The daemon in a small image that serves the shipped models as an unprivileged user; `--target trainer` is the offline tool, with Open MPI.
#   docker build -t boltzd .        # with its commit: --build-arg REVISION=$(git rev-parse --short=12 HEAD); OPTIONS are CMake's
#   docker run --rm -p 8080:8080 boltzd
#   docker build --target trainer -t boltz .
# Your own models: -v /srv/models:/mnt/models:ro
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev cmake ninja-build pkg-config \
        libmicrohttpd-dev libcjson-dev libopenblas-dev libpng-dev zlib1g-dev libzip-dev nettle-dev libhdf5-dev libmatio-dev \
        libopenmpi-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt ./
COPY core core
COPY api api
COPY server server
COPY trainer trainer
COPY web web
COPY clients/js clients/js
ARG REVISION=unknown
ARG OPTIONS=
RUN cmake -S . -B build -G Ninja -DBOLTZ_TESTS=OFF -DBOLTZ_REVISION=${REVISION} ${OPTIONS} \
    && cmake --build build --target boltzd boltz \
    && strip build/bin/boltzd build/bin/boltz

# The daemon's libraries and nothing else.
FROM ${BASE} AS runtime
RUN apt-get update && apt-get install -y --no-install-recommends libmicrohttpd12 libcjson1 libpng16-16 zlib1g libnettle8 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/* /usr/share/doc/* /usr/share/man/*

# What is inside, as SPDX: made here so that the image itself needs no tool for it.
FROM runtime AS sbom
COPY deploy/sbom /usr/local/bin/sbom
ARG VERSION=0.1.0
RUN sbom boltzd "${VERSION}" > /boltzd.spdx.json

FROM ${BASE} AS trainer-runtime
RUN apt-get update && apt-get install -y --no-install-recommends libcjson1 libopenblas0-pthread libpng16-16 zlib1g libzip4 libnettle8 \
        libhdf5-103-1 libmatio11 openmpi-bin \
    && rm -rf /var/lib/apt/lists/*

FROM trainer-runtime AS trainer-sbom
COPY deploy/sbom /usr/local/bin/sbom
ARG VERSION=0.1.0
RUN sbom boltz "${VERSION}" > /boltz.spdx.json

FROM trainer-runtime AS trainer
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="boltz" \
      org.opencontainers.image.description="Trains and examines Boltzmann machines" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="MIT"
COPY --from=trainer-sbom /boltz.spdx.json /usr/share/sbom/boltz.spdx.json
COPY --from=build /src/build/bin/boltz /usr/local/bin/
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["boltz"]

FROM runtime AS boltzd
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="boltzd" \
      org.opencontainers.image.description="Serves trained Boltzmann machines over HTTP" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="MIT"
COPY --from=sbom /boltzd.spdx.json /usr/share/sbom/boltzd.spdx.json
COPY --from=build /src/build/bin/boltzd /usr/local/bin/
COPY models /mnt/models
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
# The drain fits into `docker stop`'s ten seconds: five not ready, so that balancers notice, four to finish what is in hand.
ENV BOLTZD_LISTEN=0.0.0.0:8080 BOLTZD_MODEL_REPOSITORY=/mnt/models BOLTZD_DRAIN_DELAY=5s BOLTZD_DRAIN_TIMEOUT=4s
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s CMD ["boltzd", "--health-check"]
ENTRYPOINT ["boltzd"]
