# Builds the daemon and the tool, and makes a small image that serves the shipped models as an unprivileged user.
#   docker build -t boltzd .
#   docker run --rm -p 8080:8080 boltzd
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev cmake ninja-build pkg-config \
        libmicrohttpd-dev libcjson-dev libopenblas-dev libpng-dev zlib1g-dev libzip-dev nettle-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt ./
COPY core core
COPY api api
COPY server server
COPY trainer trainer
COPY web web
RUN cmake -S . -B build -G Ninja -DBOLTZ_TESTS=OFF && cmake --build build --target boltzd boltz && strip build/bin/boltzd build/bin/boltz

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="boltzd" \
      org.opencontainers.image.description="Serves trained Boltzmann machines over HTTP" \
      org.opencontainers.image.licenses="MIT"
RUN apt-get update && apt-get install -y --no-install-recommends libmicrohttpd12 libcjson1 libopenblas0-pthread libpng16-16 \
        zlib1g libzip4 libnettle8 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/build/bin/boltzd /src/build/bin/boltz /usr/local/bin/
COPY models /models
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
ENV BOLTZD_LISTEN=0.0.0.0:8080 BOLTZD_MODEL_REPOSITORY=/models BOLTZD_DRAIN_DELAY=5s
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["boltzd", "--health-check"]
ENTRYPOINT ["boltzd"]
