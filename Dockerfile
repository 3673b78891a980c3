# One image for every process of the product; which one runs is the pod's `args`.
# Build: hack/image. Secret `ca-bundle` (optional): certificates of a private registry proxy, used and not kept.
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim

FROM ${PYTHON_IMAGE} AS base
ENV PATH=/opt/fte/lib/bin:/opt/venv/bin:/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/tmp PYTHONSAFEPATH=1 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

# uv and the build backend stay in this stage.
FROM base AS tools
ENV PIP_CACHE_DIR=/var/cache/fte/pip UV_CACHE_DIR=/var/cache/fte/uv UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
COPY requirements/uv.txt requirements/build.txt /tmp/requirements/
RUN --mount=type=secret,id=ca-bundle --mount=type=cache,target=/var/cache/fte,sharing=locked \
    if [ -s /run/secrets/ca-bundle ]; then export PIP_CERT=/run/secrets/ca-bundle SSL_CERT_FILE=/run/secrets/ca-bundle; fi; \
    python3 -m venv /opt/tools && \
    /opt/tools/bin/pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r /tmp/requirements/uv.txt && \
    /opt/tools/bin/uv pip install -q -p /opt/tools --require-hashes --only-binary :all: -r /tmp/requirements/build.txt

FROM tools AS dependencies
COPY requirements/image.txt /tmp/requirements/
RUN --mount=type=secret,id=ca-bundle --mount=type=cache,target=/var/cache/fte,sharing=locked \
    if [ -s /run/secrets/ca-bundle ]; then export SSL_CERT_FILE=/run/secrets/ca-bundle; fi; \
    /opt/tools/bin/uv venv -q -p python3 /opt/venv && \
    /opt/tools/bin/uv pip install -q -p /opt/venv --require-hashes --only-binary :all: -r /tmp/requirements/image.txt && \
    find /opt/venv -type d -name tests -prune -exec rm -rf {} + && \
    find /opt/venv -path '*/googleapiclient/discovery_cache/documents/*' ! -name gmail.v1.json -delete && \
    echo /opt/fte/lib >"$(/opt/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/fte.pth" && \
    /opt/venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib

FROM dependencies AS product
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY agent agent
COPY database database
COPY runtime runtime
COPY prototype prototype
COPY operator operator
COPY transport transport
RUN /opt/tools/bin/python -m hatchling build -t wheel -d /tmp/dist && \
    /opt/tools/bin/uv pip install -q --offline --no-deps -p /opt/venv --target /opt/fte/lib /tmp/dist/*.whl && \
    /opt/venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/fte/lib

FROM base
LABEL org.opencontainers.image.title="Digital FTE" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=dependencies /opt/venv /opt/venv
COPY crds /opt/fte/crds
COPY context /opt/fte/context
COPY --from=product /opt/fte/lib /opt/fte/lib
# No passwd entry names uid 10001; libraries that ask who they are find this.
ENV USER=fte
USER 10001:10001
CMD []
