ARG PYTHON=3.13

FROM docker.io/library/python:${PYTHON}-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
# The base's own pip installs into an environment that has none, so nothing that builds is left.
RUN python -m venv --without-pip /opt/reposync \
 && python -m pip --python /opt/reposync/bin/python install --no-cache-dir .

FROM docker.io/library/python:${PYTHON}-slim
ARG VERSION=development
LABEL org.opencontainers.image.title="reposync" \
      org.opencontainers.image.description="Keeps container repositories in step across registries" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /opt/reposync /opt/reposync
ENV PATH="/opt/reposync/bin:${PATH}" \
    PYTHONUNBUFFERED=1 \
    REPOSYNC_CONFIG=/etc/cfg.yaml
USER 65532:65532
ENTRYPOINT ["run-reposync"]
