# syntax=docker/dockerfile:1
ARG V=1
FROM --platform=$P node:${V} AS build
WORKDIR /a
COPY --from=build . .
ENV A=1 B="x y" \
    C=2
RUN <<EOF
user add
EOF
FROM build
USER 1000:1000
EXPOSE 80/tcp 443
ENTRYPOINT ["a", "b"]
HEALTHCHECK NONE
