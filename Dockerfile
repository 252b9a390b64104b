# syntax=docker/dockerfile:1

# docker build --build-arg VERSION=v1.2.3 -t otpworker .
# Where no engine runs, deploy/image.sh does the same by hand.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod \
    go mod download
COPY schema schema
COPY client client
COPY worker worker
COPY cmd cmd
ARG VERSION=devel
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.stamped=$VERSION" -o /out/otpworker ./cmd/otpworker
RUN mkdir /out/data

# Certificates of authorities and time zones, and nothing to run but the worker.
FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=devel
LABEL org.opencontainers.image.title="otpworker" \
      org.opencontainers.image.description="Sends one-time passwords from a NATS queue" \
      org.opencontainers.image.source="https://github.com/otpworker/otpworker" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /out/otpworker /otpworker
# A new volume here belongs to the user below.
COPY --from=build --chown=65532:65532 /out/data /data
ENV OTPWORKER_DATA_DIR=/data
USER 65532:65532

# Of a worker: it asks OTPWORKER_HTTP in the same container.
HEALTHCHECK CMD ["/otpworker", "health"]

ENTRYPOINT ["/otpworker"]
CMD ["run"]
