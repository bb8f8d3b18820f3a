#!/bin/sh
# Builds the images bayplan-example/gateway-app:$VERSION (1.0 unless set) and
# bayplan-example/gateway:1.0, which is caddy:2 with the Caddyfile.
set -eu
cd "$(dirname "$0")"
version=${VERSION:-1.0}

CGO_ENABLED=0 GOOS=linux GOWORK=off go build -C app -trimpath -buildvcs=false \
	-ldflags "-s -w -X main.version=$version" -o ../image/app/app .
# The classic builder is in every engine; BuildKit may want a plugin or a frontend image.
DOCKER_BUILDKIT=0 docker build --quiet --build-arg "VERSION=$version" \
	--tag "bayplan-example/gateway-app:$version" image/app
DOCKER_BUILDKIT=0 docker build --quiet --tag bayplan-example/gateway:1.0 image/gateway
