# One image for all services; the command is the module: `docker run parkflow services.ingest`.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
# Debian's security updates matter more than a pinned patch level.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv \
 && rm -rf /var/lib/apt/lists/* \
 && python3 -m venv /opt/parkflow/venv
WORKDIR /src
COPY pyproject.toml hatch_build.py README.md ./
COPY protos protos
COPY parks parks
COPY services services
RUN /opt/parkflow/venv/bin/pip install --no-cache-dir --disable-pip-version-check '.[ingest,history,forecasting,dispatch,carbon,simulator]'
# Away from the sources: what is imported now is what was installed.
WORKDIR /
RUN /opt/parkflow/venv/bin/python -m services.runtime.topics \
 && ln -s "$(/opt/parkflow/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/services/demo/parks" /opt/parkflow/parks \
 && /opt/parkflow/venv/bin/pip uninstall --yes --quiet pip setuptools

FROM ${BASE}
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get upgrade --yes \
 && apt-get install --yes --no-install-recommends ca-certificates libgomp1 python3 \
 && rm -rf /var/lib/apt/lists/* \
 && find / -xdev -perm /6000 -type f -exec chmod a-s {} + \
 && groupadd --gid 10001 parkflow \
 && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin parkflow
COPY --from=build /opt/parkflow /opt/parkflow
# Nothing is written outside /tmp: the root file system may be read-only.
ENV PATH=/opt/parkflow/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PARKFLOW_PARK=/opt/parkflow/parks/demo.yaml
WORKDIR /tmp
USER 10001:10001
LABEL org.opencontainers.image.title=parkflow \
      org.opencontainers.image.description="The live operations system of zero-carbon industrial parks"
ENTRYPOINT ["/opt/parkflow/venv/bin/python", "-m"]
CMD ["services.runtime.topics"]
