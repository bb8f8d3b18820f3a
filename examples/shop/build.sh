#!/bin/sh
# Builds the image bayplan-example/shop:$VERSION (1.0 unless set). Go's modules are
# all it may have to download: the image has no base.
set -eu
cd "$(dirname "$0")"
version=${VERSION:-1.0}

CGO_ENABLED=0 GOOS=linux GOWORK=off go build -C app -trimpath -buildvcs=false \
	-ldflags "-s -w -X main.version=$version" -o ../image/shop .
# The classic builder is in every engine; BuildKit may want a plugin or a frontend image.
said=$(DOCKER_BUILDKIT=0 docker build --quiet --build-arg "VERSION=$version" \
	--tag "bayplan-example/shop:$version" image 2>&1) || {
	echo "$said" >&2
	exit 1
}
echo "Built bayplan-example/shop:$version."
