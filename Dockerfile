# `make image` builds it; docs/how-to/operate/container.md describes the build arguments.
ARG PYTHON=3.13

FROM docker.io/library/python:${PYTHON}-slim AS build
# Libraries of clouds: EXTRAS=aws,gcp,azure, or some of them.
ARG EXTRAS=
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
# The base's own pip installs into an environment that has none, so nothing that builds is left.
# Everything has a wheel for amd64 and arm64; were one missing, no compiler would be looked for.
# Bytecode that is never compared with its source is used whatever becomes of the files' times.
RUN python -m venv --without-pip /opt/reposync \
 && python -m pip --python /opt/reposync/bin/python install \
      --no-cache-dir --no-compile --only-binary :all: ".${EXTRAS:+[${EXTRAS}]}" \
 && python -m compileall -q --invalidation-mode unchecked-hash /opt/reposync/lib

FROM docker.io/library/python:${PYTHON}-slim
# SKOPEO=true brings the program that `relay: skopeo` needs.
ARG SKOPEO=false
# hadolint ignore=DL3008 # Debian keeps one version of a package, and mends that
RUN case "${SKOPEO}" in \
      true) apt-get update -qq \
         && apt-get install --yes -qq --no-install-recommends skopeo \
         && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/* ;; \
      false) ;; \
      *) echo "SKOPEO is true or false, not ${SKOPEO}" >&2; exit 1 ;; \
    esac
COPY --from=build /opt/reposync /opt/reposync
ENV PATH="/opt/reposync/bin:${PATH}" \
    PYTHONUNBUFFERED=1 \
    REPOSYNC_CONFIG=/etc/cfg.yaml
# The base has no bytecode of Python's own modules, and a user without rights can keep none. So
# those that reposync needs are compiled here, by loading all of it: a trial on each platform, too.
RUN python -c 'from importlib import import_module; from pkgutil import walk_packages; \
import reposync; [import_module(each.name) for each in walk_packages(reposync.__path__, "reposync.")]'
USER 65532:65532
ENTRYPOINT ["run-reposync"]

# Last, since a new value makes all that follows anew.
ARG VERSION=development
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="reposync" \
      org.opencontainers.image.description="Keeps container repositories in step across registries" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
